/**
 * The benchmarks that have a name: what their rows look like, which content is theirs, and where the hub has it.
 *
 * The six of the paper are pinned to the content that its repository evaluates on (ypwang61/One-Shot-RLVR,
 * Qwen2.5-Eval/evaluation/data), GSM8K to openai/grade-school-math, ARC to the test sets of ARC-V1-Feb2018.
 * docs/evaluation.md says how each pin was checked.
 */

export interface HubPin {
  /** owner/name. */
  readonly repo: string
  /** A commit; null where none is known whose content is this benchmark's: then it is not taken from the hub. */
  readonly revision: string | null
  readonly file: string
  /** SHA-256 of the file's bytes; null where it is not known. */
  readonly sha256: string | null
}

/** How rows are read. */
export interface RowForm {
  /** The field that figures are grouped by; null: the benchmark's name. */
  readonly group: string | null
  /** Whether an id is the row's own, or says its place only: NAME/0, NAME/1 … */
  readonly ids: "own" | "place"
  /**
   * `hashes`: what follows the last "####", without commas; `whole`: 27.0 is 27, and 025 is 25; `any`: `hashes` where a last
   * line begins so, else as it stands.
   */
  readonly gold: "plain" | "hashes" | "whole" | "any"
}

export interface CatalogueEntry extends RowForm {
  readonly name: string
  readonly title: string
  readonly kind: "math" | "choice"
  readonly problems: number
  /** `contentHash` of it. */
  readonly sha256: string
  /** The same of a copy that has its problems and answers and none of its groups. */
  readonly ungrouped?: string
  readonly hub: HubPin
}

const math = { kind: "math", group: null, ids: "place", gold: "plain" } as const
const choice = { kind: "choice", group: null, ids: "own", gold: "plain" } as const
const arc = { repo: "allenai/ai2_arc", revision: "210d026faf9955653af8916fad021475a3f00453" } as const

export const catalogue: ReadonlyArray<CatalogueEntry> = [
  {
    ...math,
    name: "math500",
    title: "MATH-500",
    group: "subject",
    problems: 500,
    sha256: "b8de87c1d5ee5ec4c3bfd55972eb0f5560d2a3be4fe9c886f969e593607fa95e",
    ungrouped: "5c3b1b5010a82842e3a639047621f6190a17b6b4b604c60a78abc24311085c1e",
    hub: {
      repo: "HuggingFaceH4/MATH-500",
      revision: "6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
      file: "test.jsonl",
      sha256: "35dc41080a3680858b27fa7e0533d2d547825316fc5dafe5d316f4ccc5a06132"
    }
  },
  {
    ...math,
    name: "aime24",
    title: "AIME 2024",
    gold: "whole",
    problems: 30,
    sha256: "9f480161321723d52220c24802880d15f633831fb28739cc3aeddf2ad59734d0",
    hub: {
      repo: "HuggingFaceH4/aime_2024",
      revision: "2fe88a2f1091d5048c0f36abc874fb997b3dd99a",
      file: "data/train-00000-of-00001.parquet",
      sha256: "26139847601a5037c237d5928b195e7260ca8074cf4f264b794af42847f79ccf"
    }
  },
  {
    ...math,
    name: "aime25",
    title: "AIME 2025",
    problems: 30,
    sha256: "328d53c71d962b407774c8458199dc4a294ead1ff23ff877e2005e551972b0e1",
    // At 563bb840… it words the same problems differently.
    hub: { repo: "math-ai/aime25", revision: null, file: "test.jsonl", sha256: null }
  },
  {
    ...math,
    name: "amc23",
    title: "AMC 2023",
    gold: "whole",
    problems: 40,
    sha256: "91af16099ec5d8657044e7d24e950b40bdccf1be8772dbf1a54782f37d8dae5e",
    hub: {
      repo: "math-ai/amc23",
      revision: "80815d37005feb82cd7f8fbc6901d5d3eff43057",
      file: "test-00000-of-00001.parquet",
      sha256: "b696e87ba47be4e879a60fd4ef1d4aa522ba78c5ae013c6aff5cc9788a397c5e"
    }
  },
  {
    ...math,
    name: "minerva_math",
    title: "Minerva Math",
    group: "type",
    problems: 272,
    sha256: "cf737e2f672e95034a0f9e6ef96f4c71dff19a6a54859f0c5304627454722161",
    ungrouped: "84f20a30d007c88c07fd099df16d1c4f4058b68fb41c3f33189f55a0d6dea18a",
    hub: { repo: "math-ai/minervamath", revision: null, file: "test.jsonl", sha256: null }
  },
  {
    ...math,
    name: "olympiadbench",
    title: "OlympiadBench",
    group: "subfield",
    problems: 675,
    sha256: "f1e947cef818ea619cc7f0d714c7a3a23383f793bce33f60121a98bdd9c9d74a",
    ungrouped: "55287e76be360543ef701ceee89b6a7d614b29e765b75538320cd921e47d92b2",
    // At 91184b52… it has 674 problems.
    hub: {
      repo: "Hothan/OlympiadBench",
      revision: null,
      file: "OlympiadBench/OE_TO_maths_en_COMP/OE_TO_maths_en_COMP.parquet",
      sha256: null
    }
  },
  {
    ...math,
    name: "gsm8k",
    title: "GSM8K",
    gold: "hashes",
    problems: 1319,
    sha256: "4fcd0bfb09620422fe9ffb6fb813acd7c480c72f37d6321c55fa2471e0fcf239",
    hub: {
      repo: "openai/gsm8k",
      revision: "740312add88f781978c0658806c59bc2815b9866",
      file: "main/test-00000-of-00001.parquet",
      sha256: "ee7b8da9e381df27b9e3f7758a159ab2bdaa4dbaa910546cbbc47e0cb44e4f59"
    }
  },
  {
    ...choice,
    name: "arc_easy",
    title: "ARC-Easy",
    problems: 2376,
    sha256: "5f5bc124707721cceb4f7f2eded978f48449372867bf3ef28258a39726521fe4",
    hub: {
      ...arc,
      file: "ARC-Easy/test-00000-of-00001.parquet",
      sha256: "4160597d618ae851c7eb04e281574f3f654776216ac6b6641588d64527b47177"
    }
  },
  {
    ...choice,
    name: "arc_challenge",
    title: "ARC-Challenge",
    problems: 1172,
    sha256: "cf746cb6f59f904b8a221379ffa243231177d2394255acd5dfa7a6e5dd85480d",
    hub: {
      ...arc,
      file: "ARC-Challenge/test-00000-of-00001.parquet",
      sha256: "62f03257e737aed263f55c6abf87c7bb0028a44a6bdd2a26eb1279eb42c1d1e9"
    }
  }
]
