/**
 * A log that writes every record twice, as if everybody had tried once more after a commit whose answer was lost.
 */
import { Effect } from "effect"
import { type Draft, EventLog } from "../log/event-log.ts"

const twice = (drafts: ReadonlyArray<Draft>): ReadonlyArray<Draft> => drafts.flatMap((draft) => [draft, draft])

/** The log of whoever works here writes everything twice. */
export const writingTwice = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const append: EventLog["Service"]["append"] = (drafts) => log.append(twice(drafts))
    const consume: EventLog["Service"]["consume"] = (consumption) =>
      log.consume({ ...consumption, handle: (batch) => Effect.map(consumption.handle(batch), twice) })
    return yield* work.pipe(Effect.provideService(EventLog, { ...log, append, consume }))
  })
