/**
 * The history worker: every run's events become rows, each run's by one worker at a time. A run that is over is followed
 * until its history is whole.
 */
import { Effect } from "effect"
import { History } from "../../../platform/history/history.ts"
import { refusingBy } from "../verification/refusing.ts"
import { vocabularyOf } from "../vocabulary.ts"
import { Directory, type ListedRun } from "./directory.ts"
import { host } from "./hosting.ts"
import { RunLibrary } from "./run-library.ts"
import type { Joined } from "./services.ts"

const isOver = ({ standing }: ListedRun): boolean => standing === "finished" || standing === "cancelled"

/** Waits until no more events of a run are to come. */
const untilOver = ({ started }: ListedRun) =>
  Effect.gen(function* () {
    const { changed, runs } = yield* Directory
    while (true) {
      const { version } = changed
      const run = runs.get(started.runId)
      if (run !== undefined && isOver(run)) return
      yield* changed.beyond(version)
    }
  })

const follow = (run: ListedRun) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { logStart: from, runId } = run.started
      const { base, plan } = yield* (yield* RunLibrary).of(runId)
      const vocabulary = vocabularyOf(base.tokenizer)
      const following = yield* (yield* History).follow({ runId, from, vocabulary, refusing: refusingBy(plan) })
      yield* untilOver(run)
      yield* following.drain
    })
  )

export const projecting = (joined: Joined) =>
  host({
    group: "hosts-history",
    wants: () => true,
    isVital: false,
    serve: follow,
    dealt: () => joined("hosts-history")
  })
