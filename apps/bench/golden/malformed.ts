/**
 * Damaged checkpoints: each must be refused by name, at once; the one that nothing is wrong with must load.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Cause, Effect, Exit, Schema } from "effect"
import { readCheckpoint } from "../../../learning/policy/checkpoint/checkpoint.ts"
import { loadTokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"
import { readTokenizerFolder } from "../../../learning/policy/tokenizer/tokenizer-folder.ts"
import { type Check, failed, saidBy } from "./check.ts"

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    checkpoints: Schema.Array(
      Schema.Struct({ name: Schema.String, what: Schema.String, expect: Schema.Literals(["error", "loads"]) })
    )
  })
)
export type Damaged = (typeof Manifest.Type)["checkpoints"][number]

export const damagedIn = (folder: string): ReadonlyArray<Damaged> =>
  Schema.decodeUnknownSync(Manifest)(readFileSync(join(folder, "malformed", "manifest.json"), "utf8")).checkpoints

/** Weights first, then the tokenizer: all that a run needs of a folder. */
const loadWhole = (folder: string) =>
  Effect.andThen(readCheckpoint(folder), Effect.flatMap(readTokenizerFolder(folder), loadTokenizer))

const timeLimit = 1000
const typed: ReadonlyArray<string> = ["CheckpointInvalid", "TokenizerInvalid"]

const tagOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "an error of no kind"

/** What became of a checkpoint, and what was said about it. */
export interface Verdict {
  readonly check: Check
  readonly said: string
}

export const checkDamaged = Effect.fn("golden.damaged")(function* (folder: string, { expect, name }: Damaged) {
  const place = `malformed ${name}`
  const started = performance.now()
  const exit = yield* Effect.exit(loadWhole(join(folder, "malformed", name)))
  const millis = performance.now() - started
  const error = Exit.isSuccess(exit) ? null : Cause.squash(exit.cause)
  const said = error === null ? "loaded" : saidBy(error)
  const refuse = (why: string): Verdict => ({ check: failed(place, why), said })
  if (millis > timeLimit) return refuse(`took ${millis.toFixed(0)} ms, expected at most ${timeLimit}`)
  if (expect === "loads")
    return error === null ? { check: { name: place, off: [] }, said } : refuse(`expected to load, got: ${said}`)
  if (error === null) return refuse("expected an error, got: loaded")
  if (!typed.includes(tagOf(error))) return refuse(`expected ${typed.join(" or ")}, got ${tagOf(error)}: ${said}`)
  const verdict: Verdict = { check: { name: place, off: [] }, said }
  return verdict
})
