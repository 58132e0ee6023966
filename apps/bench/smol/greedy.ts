/**
 * Onefold's greedy continuations beside those that record.py wrote down from transformers, token by token.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Layer, Schema } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { memoryArtifacts } from "../../../learning/artifacts-memory.ts"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import { loadBase } from "../../cli/base.ts"

const Head = Schema.fromJsonString(
  Schema.Struct({ transformers: Schema.String, torch: Schema.String, weightsSha256: Schema.String })
)
const Case = Schema.fromJsonString(
  Schema.Struct({
    kind: Schema.Literals(["chat", "plain"]),
    text: Schema.String,
    prompt: Schema.Array(Schema.Int),
    continuation: Schema.Array(Schema.Int),
    minGap: Schema.Finite,
    gaps: Schema.Array(Schema.Finite)
  })
)

export interface Comparison {
  readonly text: string
  /** Tokens compared. */
  readonly tokens: number
  /** The smallest lead that a token had in transformers' logits. */
  readonly minGap: number
  /** The first token that is another one, with its lead; null where all are equal. */
  readonly differs: { readonly at: number; readonly gap: number } | null
  readonly tokenizerAgrees: boolean
}

/** The folder holds another model than the one whose words were recorded. */
export class OtherWeights extends Schema.TaggedError<OtherWeights>()("OtherWeights", {
  folder: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `${this.folder} holds weights of SHA-256 ${this.actual}, recorded was ${this.expected}; make the folder again with apps/bench/smol/convert.py`
  }
}

const checkWeights = Effect.fn("smol.checkWeights")(function* (folder: string, expected: string) {
  const bytes = yield* Effect.promise(() => readFile(join(folder, "model.safetensors")))
  const actual = createHash("sha256").update(bytes).digest("hex")
  if (actual !== expected) return yield* new OtherWeights({ folder, expected, actual })
})

const recorded = Effect.fn("smol.recorded")(function* () {
  const path = fileURLToPath(new URL("./greedy.jsonl", import.meta.url))
  const [head, ...cases] = (yield* Effect.promise(() => readFile(path, "utf8"))).trim().split("\n")
  return {
    head: yield* Schema.decodeUnknownEffect(Head)(head),
    cases: yield* Effect.forEach(cases, (line) => Schema.decodeUnknownEffect(Case)(line))
  }
})

const equals = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((value, i) => value === b[i])

/** Continues every recorded prompt greedily with the model of a folder. */
export const compareGreedy = Effect.fn("smol.compareGreedy")(function* (folder: string, workers: number) {
  const { cases, head } = yield* recorded()
  const base = yield* loadBase(folder)
  yield* checkWeights(folder, head.weightsSha256)
  // Recorded past the end of sequence, so nothing may end a response here.
  const config = { ...base.config, eosIds: [] }
  const compared = Effect.gen(function* () {
    const engine = yield* PolicyEngine
    const weights = yield* (yield* Artifacts).store(base.weights)
    return yield* Effect.forEach(
      cases,
      ({ continuation, gaps, minGap, prompt, text }, i) =>
        Effect.gen(function* () {
          const [{ tokens }] = yield* engine.generate({
            weights,
            prompts: [{ promptId: `smol-${i}`, tokens: Int32Array.from(prompt), firstSample: 0, samples: 1 }],
            ...{ temperature: 0, maxTokens: continuation.length, seed: 0, stream: 0, step: 0 }
          })
          const at = continuation.findIndex((token, t) => token !== tokens[t])
          const comparison: Comparison = {
            text,
            tokens: continuation.length,
            minGap,
            differs: at < 0 ? null : { at, gap: gaps[at] },
            tokenizerAgrees: equals(yield* base.tokenizer.encode(text), prompt)
          }
          return comparison
        }),
      { concurrency: workers }
    )
  })
  const layer = PolicyEngine.layer({ config, workers }).pipe(Layer.provideMerge(memoryArtifacts(1)))
  return { head, comparisons: yield* compared.pipe(Effect.provide(layer), Effect.scoped) }
})
