/**
 * `onefold regrade FILE|RUN`: recorded answers are judged by another grader, or paid by another reward, without
 * generating anything. Nothing is written.
 */
import { stat } from "node:fs/promises"
import { Effect } from "effect"
import { graderTitle } from "../../learning/grading/modes.ts"
import { largestInt } from "../../schemas/ids.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { InputUnusable } from "./input-unusable.ts"
import { writeLines, writeText } from "./json-lines.ts"
import { checkBetween } from "./ranges.ts"
import { linesOf } from "./regrade/lines.ts"
import { regradeFile } from "./regrade/of-file.ts"
import { type OfRun, regradeRun } from "./regrade/of-run.ts"
import type { Regraded } from "./regrade/regraded.ts"
import { tablesOf } from "./regrade/tables.ts"
import { reporter, terminalOf } from "./reporter.ts"

export interface RegradeOptions extends Omit<OfRun, "run"> {
  /** A file, "-" for stdin, or a run's name; a file that is there wins. */
  readonly answers: string
  /** How many changed verdicts a person is shown. */
  readonly changes: number
  readonly json: boolean
}

/** Run names have neither a slash nor such an ending. */
const looksLikeFile = (name: string): boolean => /[/\\]|\.jsonl?$/.test(name)

const isFile = (name: string) =>
  Effect.promise(() =>
    stat(name).then(
      (found) => found.isFile(),
      () => false
    )
  )

/** Of a file there are completions and golds, and no rollouts. */
const ofFile = Effect.fn("regrade.ofFile")(function* ({ answers, mode, reward, step, test }: RegradeOptions) {
  const refuse = (flag: string) =>
    new OptionsConflict({ reason: `${flag} goes with a run, and ${answers} is read as a file; leave it out` })
  if (reward !== null) return yield* refuse("--reward")
  if (step !== null) return yield* refuse("--step")
  if (mode === null) return yield* new OptionsConflict({ reason: "say with --mode whose verdicts it shall be" })
  return yield* regradeFile({ file: answers, mode, test })
})

const regraded = Effect.fn("regrade.regraded")(function* (options: RegradeOptions) {
  const { answers, changes, mode, reward, rewardSet, step } = options
  if (mode === null && reward === null)
    return yield* new OptionsConflict({
      reason: "say what shall judge: --mode for verdicts, --reward for what rollouts earn"
    })
  if (reward === null && rewardSet.length > 0)
    return yield* new OptionsConflict({ reason: "--reward-set is of a reward; name it with --reward" })
  yield* checkBetween("--changes", changes, 0, largestInt)
  if (step !== null) yield* checkBetween("--step", step, 0, largestInt)
  if (answers === "-" || (yield* isFile(answers))) return yield* ofFile(options)
  if (looksLikeFile(answers)) return yield* new InputUnusable({ place: answers, reason: "there is no such file" })
  return yield* regradeRun({ ...options, run: answers })
})

/** As many lines as are written at once. */
const linesAtOnce = 1000

const writeAll = Effect.fn("regrade.writeAll")(function* (lines: Iterable<object>) {
  let waiting: Array<object> = []
  for (const line of lines) {
    waiting.push(line)
    if (waiting.length < linesAtOnce) continue
    yield* writeLines(waiting)
    waiting = []
  }
  yield* writeLines(waiting)
})

const notes = ({ mode, reward, source, ungraded }: Regraded): ReadonlyArray<string> => [
  `${source}, judged again by ${[
    ...(mode === null ? [] : [graderTitle(mode)]),
    ...(reward === null ? [] : [`the reward ${reward}`])
  ].join(" and ")}; nothing is written, what was recorded stays`,
  ...(ungraded > 0 ? [`${ungraded} rollouts have no verdict yet and are left out`] : [])
]

export const regrade = Effect.fn("regrade")(function* (options: RegradeOptions) {
  const result = yield* regraded(options)
  const { note } = reporter({ json: options.json })
  for (const each of notes(result)) yield* note(each)
  if (options.json) return yield* writeAll(linesOf(result))
  yield* writeText(tablesOf(terminalOf(process.stdout), result, options.changes))
})
