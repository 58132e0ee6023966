/**
 * A finished run's history, whole whatever befell the process that finished it: the log's last events may have been
 * written and their rows not.
 */
import { Effect } from "effect"
import { History } from "../../platform/history/history.ts"
import type { Base } from "./base.ts"
import type { RecordedRun } from "./recorded.ts"
import { planOfRun } from "./verification/plan-of-run.ts"
import { refusingBy } from "./verification/refusing.ts"
import { vocabularyOf } from "./vocabulary.ts"

/** Reads a finished run's events into the history once more, where it lacks some. */
export const madeGood = Effect.fn("history.madeGood")(function* ({ started }: RecordedRun, { tokenizer }: Base) {
  const history = yield* History
  const vocabulary = vocabularyOf(tokenizer)
  const { logStart: from, runId } = started
  const refusing = refusingBy(yield* planOfRun(started))
  yield* Effect.scoped(Effect.flatMap(history.follow({ runId, from, vocabulary, refusing }), ({ drain }) => drain))
})
