/**
 * Every model of a reference folder against ours.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { readCheckpoint } from "../../../learning/policy/checkpoint/checkpoint.ts"
import { loadChatTemplate } from "../../../learning/policy/tokenizer/chat-template.ts"
import { loadTokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"
import { readTokenizerFolder } from "../../../learning/policy/tokenizer/tokenizer-folder.ts"
import { withModel } from "../../cli/model.ts"
import { Cases, Grads } from "./cases.ts"
import { type Check, failed, saidBy } from "./check.ts"
import { checkGreedy } from "./greedy.ts"
import { checkFinalLogits, checkLong, checkSequences } from "./scores.ts"
import { checkChat, checkTokenizer } from "./text.ts"
import { checkGradients, checkTrajectory } from "./training.ts"

/** Folders of a reference folder's models. */
export const modelsIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(folder, "models"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

const reference = <A>(schema: Schema.Codec<A, unknown>, folder: string, file: string) =>
  Effect.flatMap(
    Effect.try(() => JSON.parse(readFileSync(join(folder, file), "utf8"))),
    Schema.decodeUnknownEffect(schema)
  )

/** One failed check in the place of those that could not be made. */
const orFailed =
  (place: string) =>
  <E, R>(checks: Effect.Effect<ReadonlyArray<Check>, E, R>): Effect.Effect<ReadonlyArray<Check>, never, R> =>
    Effect.catch(checks, (error) => Effect.succeed([failed(place, saidBy(error))]))

const checkText = Effect.fn("golden.text")(function* (name: string, folder: string, cases: Cases) {
  const files = yield* readTokenizerFolder(folder)
  const tokenizer = yield* loadTokenizer(files)
  const texts = yield* checkTokenizer(name, cases, tokenizer)
  return [...texts, ...(yield* checkChat(name, cases, tokenizer, yield* loadChatTemplate(files)))]
})

const checkNumbers = Effect.fn("golden.numbers")(function* (name: string, folder: string, cases: Cases) {
  const grads = yield* reference(Grads, folder, "grads.json")
  const { config, weights } = yield* readCheckpoint(folder)
  const tokenizer = yield* loadTokenizer(yield* readTokenizerFolder(folder))
  const endless = { ...config, eosIds: [] } // the reference did not stop at an end of sequence
  return yield* withModel({ folder, config }, { workers: 1, config: endless }, (loaded) =>
    Effect.gen(function* () {
      const parts = [
        yield* orFailed(`${name} sequences`)(checkSequences(name, cases, loaded)),
        yield* orFailed(`${name} final_logits`)(checkFinalLogits(name, cases, loaded)),
        yield* orFailed(`${name} long`)(checkLong(name, cases, loaded)),
        yield* orFailed(`${name} greedy`)(checkGreedy(name, cases, loaded, tokenizer)),
        yield* orFailed(`${name} grads`)(checkGradients(name, grads, loaded, weights)),
        yield* orFailed(`${name} trajectory`)(checkTrajectory(name, grads, loaded, weights))
      ]
      return parts.flat()
    })
  )
})

/** All that is known of one model. Never fails: what could not be checked is a failed check. */
export const checkModel = Effect.fn("golden.model")(function* (folder: string, name: string) {
  const own = join(folder, "models", name)
  return yield* Effect.gen(function* () {
    const cases = yield* reference(Cases, own, "cases.json")
    const text = yield* orFailed(`${name} tokenizer`)(checkText(name, own, cases))
    return [...text, ...(yield* orFailed(name)(checkNumbers(name, own, cases)))]
  }).pipe(orFailed(name))
})
