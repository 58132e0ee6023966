/**
 * The answers of a run's tests, as its log has them.
 */
import { Effect, Stream } from "effect"
import { catalogue } from "../../schemas/catalogue.ts"
import type { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import type { RecordedRun } from "./recorded.ts"
import { eventsOf } from "./run-events.ts"

/** Where they lie. */
export const answersTopic = catalogue.EvaluationSampled.topic.name

/**
 * What `keep` makes of every answer of a run for which it makes something, each once. Answers come in the log's order,
 * which says nothing; what is not kept is forgotten at once, so a run may have many.
 */
export const answersOf = Effect.fn("recordedAnswers")(function* <A>(
  { started }: Pick<RecordedRun, "started">,
  keep: (answer: EvaluationSampled) => A | null
) {
  const kept: Array<A> = []
  yield* Stream.runForEach(eventsOf(started, "EvaluationSampled"), (answer) =>
    Effect.sync(() => {
      const found = keep(answer)
      if (found !== null) kept.push(found)
    })
  )
  return kept
})
