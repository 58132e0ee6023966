/**
 * Tolerance: one event that cannot be handled does not stop a stage that serves many runs.
 *
 * A failure is judged: what passes is waited for, what may come late for a minute, what lies in the event sets the event
 * aside as a dead letter, the rest stops the stage. A thread that crashes may have crashed over an event or by chance, so
 * that is seen by how often it does. Where a batch fails, its events are handled one by one, so that only the faulty one
 * is set aside.
 */
import { Cause, Clock, Duration, Effect, Exit, Schedule, Schema } from "effect"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { RunId } from "../../schemas/ids.ts"
import type { LogRecord } from "../log/event-log.ts"
import type { Deduplication } from "./deduplication.ts"
import { deadLetterOf, stepOf } from "./deliver.ts"
import type { Delivered, EventOf, Stage, Tag } from "./stage.ts"

export type Judgement = "passing" | "late" | "crash" | "of-the-event" | "fatal"

export interface Tolerance {
  readonly judge: (failure: unknown) => Judgement
  /** What else is to be written where an event is set aside: word to its run. */
  readonly word: (event: OnefoldEvent, failure: unknown) => ReadonlyArray<OnefoldEvent>
}

/**
 * Whether it is the machine that crashes: over an event of another run than the one set aside before, and nothing handled
 * between. Over one run's it may be the run, which waits from the first of them on. Both in one batch do not count: a batch
 * has to come to its end sometime.
 */
export class Crashes {
  #run: RunId | null = null

  handled(): void {
    this.#run = null
  }

  setAside({ runId }: OnefoldEvent): void {
    this.#run = runId
  }

  /** To be taken when a batch begins. */
  judging(): (event: OnefoldEvent) => boolean {
    const run = this.#run
    return ({ runId }) => run !== null && this.#run !== null && run !== runId
  }
}

/** What is at hand of a batch. */
export interface InHand<In extends Tag> {
  /** Of the stage, from its first batch on. */
  readonly crashes: Crashes
  readonly deliveries: ReadonlyArray<Delivered<EventOf<In>>>
  readonly records: ReadonlyMap<string, LogRecord>
  readonly seen: Deduplication
}

/** A stage was interrupted by something that it works with, not by whoever serves it: that lies in no event. */
export class ClosedUnderStage extends Schema.TaggedError<ClosedUnderStage>()("ClosedUnderStage", {
  stage: Schema.String
}) {
  override get message(): string {
    return `${this.stage}: something that it works with was closed in the midst of a batch; nothing of the batch is lost, start it again`
  }
}

/** Set aside are no more events then: others, on other machines, may handle them. */
export class CrashesOverEverything extends Schema.TaggedError<CrashesOverEverything>()("CrashesOverEverything", {
  stage: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.stage}: it crashed over events of two runs, one after the other: ${this.detail}. Look at this machine's memory, and at what onefold doctor says; then start it again`
  }
}

/** After 1, 2, 4 … 30 s, for as long as it takes. */
const untilPassed = Schedule.min([Schedule.exponential(Duration.seconds(1)), Schedule.spaced(Duration.seconds(30))])

/** What may come late — a file that another machine has written is seen within a minute — is waited for so long. */
export const longestLate = Duration.seconds(60)

/** A thread that has crashed so often over one event, and never got through, crashes because of it. */
export const mostCrashes = 5

/** Over several at once, so often is enough: one by one they show which it is. */
export const mostCrashesTogether = 3

/** What is known of some events that were handled in vain. */
export interface Tries {
  readonly events: number
  /** How often a thread crashed over them, this time included. */
  readonly crashes: number
  /** Since their batch was first handled. */
  readonly millis: number
}

/** Whether the same events are handled again as they are. */
export const isTriedAgain = (judgement: Judgement, { crashes, events, millis }: Tries): boolean => {
  switch (judgement) {
    case "passing":
      return true
    case "late":
      return millis < Duration.toMillis(longestLate)
    case "crash":
      return crashes < (events === 1 ? mostCrashes : mostCrashesTogether)
    case "of-the-event":
    case "fatal":
      return false
  }
}

const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

const tagOf = (failure: unknown): string =>
  typeof failure === "object" && failure !== null && "_tag" in failure ? String(failure._tag) : "Defect"

/** The stage's outputs for a batch, and dead letters for what it cannot handle. Fails with what is fatal. */
export const tolerating = <In extends Tag, E, R>(
  stage: Stage<In, E, R>,
  { judge, word }: Tolerance,
  { crashes, deliveries, records, seen }: InHand<In>
) =>
  Effect.gen(function* () {
    const begun = yield* Clock.currentTimeMillis
    const isMachine = crashes.judging()
    const patiently = (some: ReadonlyArray<Delivered<EventOf<In>>>) => {
      let times = 0
      return Effect.gen(function* () {
        const exit = yield* Effect.exit(stage.handle(some))
        if (Exit.isSuccess(exit)) {
          crashes.handled()
          return exit
        }
        if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.die(new ClosedUnderStage({ stage: stage.name }))
        const failure = Cause.squash(exit.cause)
        const judgement = judge(failure)
        if (judgement === "crash") times++
        const millis = (yield* Clock.currentTimeMillis) - begun
        if (!isTriedAgain(judgement, { events: some.length, crashes: times, millis })) return exit
        yield* Effect.logWarning(`${stage.name} waits: ${messageOf(failure)}`)
        return yield* Effect.fail("passing" as const)
      }).pipe(Effect.retry(untilPassed), Effect.orDie)
    }
    const whole = yield* patiently(deliveries)
    if (Exit.isSuccess(whole)) return whole.value
    const outputs: Array<OnefoldEvent> = []
    for (const delivered of deliveries) {
      const exit = deliveries.length === 1 ? whole : yield* patiently([delivered])
      if (Exit.isSuccess(exit)) {
        outputs.push(...exit.value)
        continue
      }
      const failure = Cause.squash(exit.cause)
      const judgement = judge(failure)
      if (judgement === "fatal") return yield* Effect.failCause(exit.cause)
      const { event, id } = delivered
      if (judgement === "crash") {
        if (isMachine(event)) return yield* new CrashesOverEverything({ stage: stage.name, detail: messageOf(failure) })
        crashes.setAside(event)
      }
      const record = records.get(id)
      if (record === undefined) continue
      const reason = { _tag: tagOf(failure), message: messageOf(failure) }
      outputs.push(deadLetterOf(record, event.runId, reason), ...word(event, failure))
      seen.forget(event.runId, stepOf(event), id)
      yield* Effect.logWarning(`${stage.name} sets ${id} aside: ${reason.message}`)
    }
    return outputs
  })
