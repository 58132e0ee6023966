/**
 * A stage's work in numbers: what it handled and wrote, how long a batch took, what came twice, what was set aside.
 *
 * A batch is counted when it has been handled, just before its commit. If the commit is lost, the batch comes again and
 * is counted again. What a decider reads back when it starts is not counted.
 */
import { Duration, Effect, Metric } from "effect"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { Draft } from "../log/event-log.ts"
import { draftOf, type Found } from "./deliver.ts"

/** What came of one batch. */
export interface Handled {
  readonly found: Found
  /** What the stage wrote; the dead letters of `found` are written beside it. */
  readonly outputs: ReadonlyArray<OnefoldEvent>
}

const counter = (name: string, description: string, attributes: Readonly<Record<string, string>>) =>
  Metric.counter(name, { description, incremental: true, attributes })

const seriesOf = (stage: string) => ({
  events: counter("onefold_stage_events_total", "events handled, each id once", { stage }),
  outputs: counter("onefold_stage_outputs_total", "events written, without dead letters", { stage }),
  repeats: counter("onefold_stream_repeats_total", "events dropped because their id was seen before", { stage }),
  conflicts: counter("onefold_stream_conflicts_total", "repeats whose content differed from the first", { stage }),
  seconds: Metric.histogram("onefold_stage_batch_seconds", {
    description: "time to handle one batch, from decoding to encoding, without its commit",
    // From a verdict to the gradient of a large model.
    boundaries: [0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10, 25, 100, 250, 1000],
    // The exporters' word for what the unit is: no label of its own in Prometheus' text.
    attributes: { stage, unit: "seconds" }
  })
})

const deadLettersOf = (stage: string, reason: string) =>
  counter("onefold_dead_letters_total", "records set aside", { stage, reason })

/** Puts a stage's series at 0, so that a first event is seen as a change; returns what counts and times its batches. */
export const meterOf = Effect.fnUntraced(function* (stage: string) {
  const { seconds, ...counters } = seriesOf(stage)
  for (const one of Object.values(counters)) yield* Metric.value(one)
  yield* Metric.value(seconds)

  const count = Effect.fnUntraced(function* (took: Duration.Duration, { found, outputs }: Handled) {
    const setAside = outputs.filter((event) => event._tag === "DeadLettered")
    yield* Metric.update(counters.events, found.deliveries.length)
    yield* Metric.update(counters.outputs, outputs.length - setAside.length)
    yield* Metric.update(counters.repeats, found.repeats)
    yield* Metric.update(counters.conflicts, found.conflicts)
    yield* Metric.update(seconds, Duration.toSeconds(took))
    for (const { reason } of [...setAside, ...found.deadLetters]) yield* Metric.update(deadLettersOf(stage, reason), 1)
  })

  /** The drafts of what came of a batch, once it is counted. */
  return <E, R>(handling: Effect.Effect<Handled, E, R>): Effect.Effect<ReadonlyArray<Draft>, E, R> =>
    handling.pipe(
      Effect.map((handled) => ({
        handled,
        drafts: [...handled.outputs, ...handled.found.deadLetters].map(draftOf)
      })),
      Effect.timed,
      Effect.flatMap(([took, { drafts, handled }]) => Effect.as(count(took, handled), drafts))
    )
})
