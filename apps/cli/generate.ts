/**
 * `onefold generate`: samples continuations of a prompt from a model, one line each.
 */
import { access } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { type Generated, type GenerateRequest, PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { shortestOf } from "./float32-text.ts"
import {
  chosenPrompt,
  type OpenedTokenizer,
  OptionsConflict,
  openTokenizer,
  type PromptFlags,
  promptTokens
} from "./generate-prompt.ts"
import { InputUnusable, unusableTokens } from "./input-unusable.ts"
import { writeLines, writeText } from "./json-lines.ts"
import { findModel, type Model, withModel } from "./model.ts"
import { checkBetween, checkCount, checkSeed } from "./ranges.ts"
import { printable } from "./report/hostile-text.ts"
import { checkSlots, type SlotFlags, slotsFor } from "./slots.ts"

export interface GenerateOptions extends PromptFlags, SlotFlags {
  readonly model: string
  readonly samples: number
  readonly temperature: number
  readonly topP: number
  readonly topK: number
  /** Null: as many as there is room for, but not more than the default. */
  readonly maxTokens: number | null
  readonly minTokens: number
  readonly stop: ReadonlyArray<string>
  readonly seed: number
  readonly json: boolean
}

const defaultMaxTokens = 256
/** Samples of one call, which are told once all of them are there. */
const mostSamples = 65_536
const most = 2 ** 31 - 1

const checkOptions = Effect.fn("generate.checkOptions")(function* (options: GenerateOptions) {
  yield* checkBetween("-n", options.samples, 1, mostSamples)
  yield* checkBetween("--temperature", options.temperature, 0, 1e6)
  yield* checkBetween("--top-p", options.topP, 1e-6, 1)
  yield* checkBetween("--top-k", options.topK, 0, most)
  yield* checkCount("--max-tokens", options.maxTokens ?? 1)
  yield* checkBetween("--min-tokens", options.minTokens, 0, options.maxTokens ?? defaultMaxTokens)
  yield* checkSeed("--seed", options.seed)
  yield* checkCount("--slots", options.slots ?? 1)
  yield* checkSlots(options)
  if (options.stop.includes("")) return yield* new OptionsConflict({ reason: "--stop is empty: every answer holds it" })
  return yield* chosenPrompt(options)
})

/** How many tokens an answer may have. Fails with InputUnusable where the model has no room for it. */
const roomFor = (prompt: Int32Array, place: string, maxTokens: number | null, { config }: Model) => {
  const problem = unusableTokens(prompt, config)
  const room = config.maxPositions - prompt.length
  const refuse = (reason: string) => Effect.fail(new InputUnusable({ place, reason }))
  if (problem !== null) return refuse(problem)
  if (room < (maxTokens ?? 1)) {
    const wanted = maxTokens === null ? "an answer" : `--max-tokens ${maxTokens}`
    return refuse(`${prompt.length} tokens leave ${room} of the model's ${config.maxPositions} positions for ${wanted}`)
  }
  return Effect.succeed(maxTokens ?? Math.min(defaultMaxTokens, room))
}

/** The tokenizer, or null where the folder has none and no text is asked for. */
const tokenizerOf = Effect.fn("generate.tokenizerOf")(function* (folder: string, options: GenerateOptions) {
  const isNeeded = options.tokens === null || options.stop.length > 0 || !options.json
  const isThere = yield* Effect.promise(() =>
    access(join(folder, "tokenizer.json")).then(
      () => true,
      () => false
    )
  )
  return isNeeded || isThere ? yield* openTokenizer(folder) : null
})

const requestOf = (
  options: GenerateOptions,
  tokens: Int32Array,
  maxTokens: number,
  slots: number | null
): Omit<GenerateRequest, "weights"> => ({
  prompts: [{ promptId: "prompt", tokens, firstSample: 0, samples: options.samples }],
  temperature: options.temperature,
  maxTokens,
  minTokens: options.minTokens,
  topP: options.topP,
  topK: options.topK,
  stopStrings: options.stop,
  ...(slots === null ? {} : { slots }),
  ...{ seed: options.seed, stream: 0, step: 0 }
})

const lineOf = ({ entropies, logProbs, stop, tokens }: Generated, opened: OpenedTokenizer | null) => ({
  tokens: [...tokens],
  logProbs: shortestOf(logProbs),
  entropies: shortestOf(entropies),
  text: opened === null ? null : opened.tokenizer.decodeWithSpecial(tokens),
  stop
})

/** A person's terminal must not obey what a model says; a program gets its words as they are. */
const humanText = (text: string): string => `${process.stdout.isTTY ? printable(text) : text}\n`

export const generate = Effect.fn("generate")(function* (options: GenerateOptions) {
  const place = yield* checkOptions(options)
  const model = yield* findModel(options.model)
  const opened = yield* tokenizerOf(model.folder, options)
  const prompt = yield* promptTokens(options, opened === null ? openTokenizer(model.folder) : Effect.succeed(opened))
  const maxTokens = yield* roomFor(prompt, place, options.maxTokens, model)
  const size = { columns: prompt.length, maxTokens, sequences: options.samples }
  const slots = options.slots ?? (yield* slotsFor(model.config, size, options.cacheBytes))
  const forStops = options.stop.length > 0 && opened !== null ? { tokenizer: opened.files } : {}
  const work = withModel(model, { workers: 1, ...forStops }, ({ weights }) =>
    Effect.flatMap(PolicyEngine, (engine) =>
      engine.generate({ ...requestOf(options, prompt, maxTokens, slots), weights })
    )
  )
  const samples = yield* work
  if (options.json) return yield* writeLines(samples.map((sample) => lineOf(sample, opened)))
  yield* writeText(samples.map(({ tokens }) => humanText(opened?.tokenizer.decode(tokens) ?? "")).join(""))
})
