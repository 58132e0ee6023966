/**
 * The answers of a run's tests, as its log has them.
 */
import { Effect, Stream } from "effect"
import { runOf } from "../../platform/log/codec.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import type { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { eventOf } from "./record.ts"
import type { RecordedRun } from "./recorded.ts"

/** Where they lie. */
export const answersTopic = "evaluations.sampled"

/**
 * What `keep` makes of every answer of a run for which it makes something, each once: the first record of an id counts.
 * Answers come in the log's order, which says nothing; what is not kept is forgotten at once, so a run may have many.
 */
export const answersOf = Effect.fn("recordedAnswers")(function* <A>(
  { started: { logStart, runId } }: Pick<RecordedRun, "started">,
  keep: (answer: EvaluationSampled) => A | null
) {
  const log = yield* EventLog
  const kept = new Map<string, A>()
  for (const partition of (yield* log.endOffsets(answersTopic)).keys()) {
    const from = logStart.find((start) => start.topic === answersTopic && start.partition === partition)?.offset ?? 0
    yield* Stream.runForEach(log.read(answersTopic, partition, from), (record) =>
      Effect.gen(function* () {
        if (runOf(record.value) !== runId) return
        const event = yield* eventOf(record)
        if (event._tag !== "EvaluationSampled" || kept.has(event.eventId)) return
        const found = keep(event)
        if (found !== null) kept.set(event.eventId, found)
      })
    )
  }
  return [...kept.values()]
})
