/**
 * From names to tests: sets are loaded, their problems written as the model reads them, and each becomes a test with a
 * sheet of its problems.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import type { Benchmark } from "../../learning/datasets/benchmarks/benchmark.ts"
import { loadBenchmark } from "../../learning/datasets/benchmarks/load-benchmark.ts"
import { expandNames } from "../../learning/datasets/benchmarks/names.ts"
import { type SheetProblem, sheetBytes } from "../../learning/datasets/benchmarks/sheet.ts"
import { faultOf } from "../../learning/file-fault.ts"
import { loadChatTemplate } from "../../learning/policy/tokenizer/chat-template.ts"
import { readTokenizerFolder } from "../../learning/policy/tokenizer/tokenizer-folder.ts"
import { readDemonstrations } from "../../learning/protocols/demonstrations.ts"
import { type ProtocolRequest, type Sitting, sittingOf } from "../../learning/protocols/protocol.ts"
import type { BenchmarkTest } from "../../schemas/evaluation-config.ts"
import { type Base, miniatureBase } from "./base.ts"
import { promptWriter, questionOf } from "./benchmark-prompt.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import { InputUnusable } from "./input-unusable.ts"
import { modelSettings } from "./model-settings.ts"

export interface BenchmarkChoice {
  /** Names or paths, with commas between; "miniature" is all six families. */
  readonly sets: string
  readonly protocol: string
  readonly overrides: ProtocolRequest["overrides"]
  /** The folder that has the sets; null: the hub. */
  readonly dataDir: string | null
  /** The first so many problems of each set; null: all. */
  readonly limit: number | null
  /** Draws the miniature's problems. */
  readonly testSeed: number
  readonly perFamily: number
  /** A file of solved problems that are shown before each; null: none are. */
  readonly shots: string | null
  readonly role: BenchmarkTest["role"]
  readonly at: BenchmarkTest["at"]
}

export interface MadeTest {
  readonly test: BenchmarkTest
  /** The artifact that `test.sheet` names. */
  readonly sheet: Uint8Array
  readonly benchmark: Benchmark
  /** New tokens that the model has room for behind each prompt. */
  readonly rooms: ReadonlyArray<number>
}

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")

/** Whether a model is a miniature: its policies have its tokenizer, wherever they lie. */
export const isMiniatureBase = ({ tokenizerHash }: Pick<Base, "tokenizerHash">) =>
  Effect.map(
    Effect.promise(() => readFile(join(miniatureBase, "tokenizer.json"))),
    (own) => tokenizerHash === sha256(own)
  )

/** What a model can be asked by. */
const abilitiesOf = Effect.fn("benchmarkTests.abilities")(function* (base: Base) {
  const chat = yield* Effect.option(Effect.flatMap(readTokenizerFolder(base.folder), loadChatTemplate))
  return { miniature: yield* isMiniatureBase(base), chat: chat._tag === "Some" }
})

const shownOf = Effect.fn("benchmarkTests.shown")(function* (file: string | null) {
  if (file === null) return []
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (error) => new InputUnusable({ place: file, reason: faultOf(error) })
  })
  return yield* readDemonstrations(file, text)
})

/** Problems as the model reads them, each with the room that it leaves for an answer. Fails with ExampleUnusable where it cannot, or has no room for an answer. */
const sheetOf = Effect.fn("benchmarkTests.sheet")(function* (
  { dataName, kind, problems, source }: Benchmark,
  { config, tokenizer }: Base,
  write: ReturnType<typeof promptWriter>
) {
  return yield* Effect.forEach(problems, (problem) =>
    Effect.gen(function* () {
      const { answer, choices, group, id } = problem
      const refuse = (reason: ExampleUnusable["reason"], detail: string, next: string) =>
        new ExampleUnusable({ example: `${id} of ${source}`, reason, detail, next })
      const unwritable = ({ message }: { readonly message: string }) =>
        refuse("not-writable-by-model", message, "Choose sets that the model has the signs for, or another model")
      const text = yield* Effect.mapError(write(questionOf(problem)), unwritable)
      const { length } = yield* Effect.mapError(tokenizer.encode(text), unwritable)
      if (length >= config.maxPositions)
        return yield* refuse(
          "too-long",
          `its prompt takes ${length} tokens, and the model has room for ${config.maxPositions} with its answer`,
          "Leave it out, show fewer solved problems, or choose a model with more room"
        )
      const row: SheetProblem = {
        ...{ id, group, text, answer },
        ...(kind === "miniature" ? {} : { dataName }),
        ...(choices === undefined ? {} : { choices })
      }
      return { row, room: config.maxPositions - length }
    })
  )
})

/** How a set is called in tables, and in the names of tests, where it was cut. */
const namesOf = ({ name, problems, total }: Benchmark) =>
  problems.length === total
    ? { set: name, stem: name }
    : { set: `${name}[:${problems.length}]`, stem: `${name}_first${problems.length}` }

const testOf = (
  benchmark: Benchmark,
  { decoding, grader }: Sitting,
  sheet: Uint8Array,
  { at, protocol, role }: BenchmarkChoice
): BenchmarkTest => {
  const { maxTokens, samples, stop, temperature, topP } = decoding
  const { set, stem } = namesOf(benchmark)
  return {
    test: `${stem}.${protocol}`,
    set,
    protocol,
    sheet: sha256(sheet),
    count: benchmark.problems.length,
    temperature,
    ...(topP === 1 ? {} : { topP }),
    samples,
    maxTokens,
    ...(stop.length === 0 ? {} : { stop }),
    grader,
    // Training pays the miniature for boxes alone, so its own figures are of boxes too.
    ...(benchmark.kind === "miniature" ? { where: "box" } : {}),
    role,
    at
  }
}

/**
 * The tests of a choice, in the order of its sets. Fails before anything is generated: with BenchmarkInvalid, UnknownBenchmark,
 * ModelUnavailable, UnknownProtocol, SettingRefused, NoChatTemplate, DemonstrationsInvalid, InputUnusable or
 * ExampleUnusable.
 */
export const benchmarkTests = Effect.fn("benchmarkTests")(function* (choice: BenchmarkChoice, base: Base) {
  const { dataDir, limit, overrides, perFamily, protocol, sets, testSeed } = choice
  const settings = yield* modelSettings
  const model = yield* abilitiesOf(base)
  const shown = yield* shownOf(choice.shots)
  const names = sets.split(",").map((name) => name.trim())
  return yield* Effect.forEach(expandNames(names), (name) =>
    Effect.gen(function* () {
      const benchmark = yield* loadBenchmark({ name, dataDir, limit, testSeed, perFamily }, settings)
      const set = { name: benchmark.name, kind: benchmark.kind, problems: benchmark.total }
      const sitting = yield* sittingOf({ protocol, set, model, overrides })
      const asked = yield* sheetOf(benchmark, base, promptWriter(base, sitting.prompt, shown))
      const sheet = sheetBytes(asked.map(({ row }) => row))
      const rooms = asked.map(({ room }) => room)
      const made: MadeTest = { test: testOf(benchmark, sitting, sheet, choice), sheet, benchmark, rooms }
      return made
    })
  )
})
