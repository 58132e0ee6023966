/**
 * A reward of the user's own: the file that holds it, as text with its hash.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { faultOf } from "../file-fault.ts"
import { RewardFileChanged, RewardFileUnusable } from "./reward-errors.ts"

const extensions = [".ts", ".mts", ".js", ".mjs"] as const

/** Longer ones are no function that somebody wrote. */
const mostBytes = 1_000_000

/** A reward by name, or a file? */
export const looksLikeRewardFile = (name: string): boolean =>
  name.includes("/") || name.includes("\\") || extensions.some((extension) => name.endsWith(extension))

export interface RewardSource {
  readonly path: string
  readonly sha256: string
  readonly source: string
  readonly isTypeScript: boolean
}

/** Fails with RewardFileUnusable. */
export const readRewardFile = Effect.fn("rewards.readFile")(function* (path: string) {
  const refused = (detail: string, next: string) => new RewardFileUnusable({ path, detail, next })
  if (!extensions.some((extension) => path.endsWith(extension)))
    return yield* refused(`its name ends in none of ${extensions.join(", ")}`, "Write it as a module")
  const bytes = yield* Effect.tryPromise({
    try: () => readFile(path),
    catch: (error) => refused(faultOf(error), "Name a file that holds a reward; docs/rewards.md shows one")
  })
  if (bytes.length > mostBytes)
    return yield* refused(`it has ${bytes.length} bytes, more than ${mostBytes}`, "Name a file that holds a reward")
  const source: RewardSource = {
    path,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    source: bytes.toString("utf8"),
    isTypeScript: path.endsWith("ts")
  }
  return source
})

/** The file of a run that goes on: its bytes are those that the run was started with. Fails with RewardFileChanged too. */
export const rereadRewardFile = Effect.fn("rewards.rereadFile")(function* (recorded: {
  readonly path: string
  readonly sha256: string
}) {
  const source = yield* readRewardFile(recorded.path)
  if (source.sha256 !== recorded.sha256)
    return yield* new RewardFileChanged({ path: source.path, recorded: recorded.sha256, found: source.sha256 })
  return source
})
