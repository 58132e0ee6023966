/**
 * The answers of one step as the log has them: rollouts with their verdicts and what was computed of them, and answers to
 * tests. The first record of an id counts.
 */
import { Effect, Stream } from "effect"
import { runOf } from "../../platform/log/codec.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import type { EventOf, Tag } from "../../platform/stream/stage.ts"
import { catalogue, type OnefoldEvent } from "../../schemas/catalogue.ts"
import type { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { eventOf } from "./record.ts"
import { answersOf } from "./recorded-answers.ts"
import { spanOf } from "./token-figures.ts"

const isOf = <T extends Tag>(tag: T, event: OnefoldEvent): event is EventOf<T> => event._tag === tag

/** A run's events of one kind, those that `isWanted` keeps, each id once. Fails with RecordUnreadable. */
const eventsOf = Effect.fn("answers.eventsOf")(function* <T extends Tag>(
  { logStart, runId }: RunStarted,
  tag: T,
  isWanted: (event: EventOf<T>) => boolean
) {
  const log = yield* EventLog
  const { name: topic } = catalogue[tag].topic
  const found = new Map<string, EventOf<T>>()
  for (const partition of (yield* log.endOffsets(topic)).keys()) {
    const from = logStart.find((start) => start.topic === topic && start.partition === partition)?.offset ?? 0
    yield* Stream.runForEach(log.read(topic, partition, from), (record) =>
      Effect.gen(function* () {
        if (runOf(record.value) !== runId) return
        const event = yield* eventOf(record)
        if (isOf(tag, event) && isWanted(event) && !found.has(event.eventId)) found.set(event.eventId, event)
      })
    )
  }
  return [...found.values()]
})

export interface StepOfRollouts {
  /** In no order that means anything. */
  readonly rollouts: ReadonlyArray<RolloutGenerated>
  readonly verdicts: ReadonlyMap<string, RolloutGraded>
  /** Steps that have rollouts, in order. */
  readonly steps: ReadonlyArray<number>
}

export const coordinatesOf = ({ promptId, sampleIndex }: { readonly promptId: string; readonly sampleIndex: number }) =>
  `${promptId}/${sampleIndex}`

/** The rollouts that were sampled at a step, with their verdicts. */
export const rolloutsOfStep = Effect.fn("answers.rolloutsOfStep")(function* (started: RunStarted, step: number) {
  const steps = new Set<number>()
  const rollouts = yield* eventsOf(started, "RolloutGenerated", (event) => {
    steps.add(event.step)
    return event.step === step
  })
  const verdicts = yield* eventsOf(started, "RolloutGraded", (event) => event.step === step)
  const found: StepOfRollouts = {
    rollouts,
    verdicts: new Map(verdicts.map((verdict) => [coordinatesOf(verdict), verdict])),
    steps: [...steps].sort((a, b) => a - b)
  }
  return found
})

/** What was computed of one rollout. */
export const computedOf = Effect.fn("answers.computedOf")(function* (started: RunStarted, rollout: RolloutGenerated) {
  const { step } = rollout
  const [gradient = null] = yield* eventsOf(
    started,
    "GradientComputed",
    (event) => event.rolloutStep === step && spanOf(event, rollout) !== null
  )
  const [scores = null] = yield* eventsOf(
    started,
    "ScoresComputed",
    (event) => event.step === step && spanOf(event, rollout) !== null
  )
  return { gradient, scores }
})

export interface StepOfTest {
  readonly answers: ReadonlyArray<EvaluationSampled>
  /** `step/test` of all that was sat, in order. */
  readonly sat: ReadonlyArray<{ readonly step: number; readonly test: string }>
}

/** The answers that the policy of a step gave to a test. */
export const answersToTest = Effect.fn("answers.answersToTest")(function* (
  started: RunStarted,
  step: number,
  test: string
) {
  const sat = new Map<string, { readonly step: number; readonly test: string }>()
  const answers = yield* answersOf({ started }, (event) => {
    sat.set(`${event.step}/${event.protocol}`, { step: event.step, test: event.protocol })
    return event.step === step && event.protocol === test ? event : null
  })
  const found: StepOfTest = { answers, sat: [...sat.values()].sort((a, b) => a.step - b.step) }
  return found
})
