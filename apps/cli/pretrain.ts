/**
 * `onefold pretrain`: makes the miniature's base from nothing and writes it as a Hugging Face folder.
 */
import { createHash } from "node:crypto"
import { access, constants, mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { tokenizerConfigJson, tokenizerJson } from "../../learning/datasets/miniature/tokenizer-json.ts"
import { CheckpointUnwritable, encodeParameters, writeCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { layoutOf } from "../../learning/policy/parameters.ts"
import { loadTokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import { askedBackend } from "./backend.ts"
import { cardOf } from "./pretrain/card.ts"
import { measure } from "./pretrain/figures.ts"
import { miniature } from "./pretrain/miniature.ts"
import { type Phase, phases as shippedPhases } from "./pretrain/schedule.ts"
import { type PretrainStep, train } from "./pretrain/train.ts"

export type { PretrainStep }

export interface PretrainOptions {
  /** The folder to write, made if need be. */
  readonly out: string
  /** A uint32; default 1, the seed of the base that ships. */
  readonly seed?: number
  /** Default: the phases of the base that ships. */
  readonly phases?: ReadonlyArray<Phase>
  /** Development problems that the base is measured on, of each family; default 25. */
  readonly problemsPerFamily?: number
  readonly onProgress: (step: PretrainStep) => Effect.Effect<void>
}

/** Two shards a step, so more would be idle. */
const workers = 2

const unwritable = (folder: string) => (cause: unknown) =>
  new CheckpointUnwritable({ folder, reason: cause instanceof Error ? cause.message : String(cause) })

/** Makes the folder and asks for the right to write there: better now than after the training. */
const claimFolder = (folder: string) =>
  Effect.tryPromise({
    try: async () => {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.W_OK)
    },
    catch: unwritable(folder)
  })

const writeText = (folder: string, name: string, text: string) =>
  Effect.tryPromise({
    try: () => writeFile(join(folder, name), text),
    catch: unwritable(folder)
  })

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const average = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const make = Effect.fn("pretrain")(function* (options: PretrainOptions) {
  const { out, phases = shippedPhases, problemsPerFamily = 25, seed = 1 } = options
  const { facts } = yield* PolicyEngine
  const artifacts = yield* Artifacts
  const tokenizer = yield* loadTokenizer({ tokenizer: tokenizerJson, config: tokenizerConfigJson })
  const losses: Array<number> = []
  let tokens = 0
  const onStep = (step: PretrainStep) => {
    losses.push(step.loss)
    tokens = step.tokens
    return options.onProgress(step)
  }
  const weights = yield* train({ config: miniature, seed, phases, tokenizer, onStep })

  const bytes = encodeParameters(layoutOf(miniature), weights)
  const figures = yield* measure(yield* artifacts.store(bytes), tokenizer, problemsPerFamily)
  const sha256 = createHash("sha256").update(bytes).digest("hex")
  const loss = average(losses.slice(-200))
  const card = { seed, phases, parameters: weights.length, sha256, tokens, loss, figures, engine: facts }
  yield* writeCheckpoint(out, miniature, weights)
  yield* writeText(out, "tokenizer.json", json(tokenizerJson))
  yield* writeText(out, "tokenizer_config.json", json(tokenizerConfigJson))
  yield* writeText(out, "README.md", cardOf(card))
  return { sha256, loss, figures }
})

/**
 * Pretrains the base, measures it and writes it: config.json, generation_config.json, model.safetensors, tokenizer.json,
 * tokenizer_config.json and a model card. Nothing is written before the training is done; a folder that cannot be written
 * is refused (CheckpointUnwritable) before it begins.
 */
export const pretrain = Effect.fn("pretrain")(function* (options: PretrainOptions) {
  const asked = yield* askedBackend
  yield* claimFolder(options.out)
  const artifacts = memoryArtifacts(4)
  const engine = PolicyEngine.layer({ config: miniature, workers, ...asked }).pipe(Layer.provide(artifacts))
  return yield* make(options).pipe(Effect.provide(Layer.mergeAll(engine, artifacts)))
})
