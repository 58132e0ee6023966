/**
 * complete: EvaluationSampled + EvaluationRequested -> EvaluationCompleted
 *
 * When every answer of an evaluation is in, its verdicts become figures. An answer the grader gave up on is not right;
 * how many there are stays visible in the samples.
 */
import { Effect, HashMap } from "effect"
import type { Decider, Delivered, EventOf } from "../../platform/stream/stage.ts"
import { EvaluationCompleted } from "../../schemas/evaluation-completed.ts"
import type { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { causesDigest } from "../causes.ts"
import { Runs } from "../runs.ts"
import { testsOf } from "../tests.ts"
import { outcomeOf, outcomesOf, type PlacedOutcome, resultsOf } from "./figures-of-test.ts"

type Consumed = "EvaluationRequested" | "EvaluationSampled"

/** What is kept of one answer. */
interface Answer extends PlacedOutcome {
  readonly id: string
  readonly sha256: string
}

interface Sitting {
  readonly cohorts: number
  /** Answers asked for by each cohort's request that has been seen. */
  readonly requested: HashMap.HashMap<number, number>
  readonly answers: HashMap.HashMap<string, Answer>
}

/** By `step/protocol`. */
export type CompleteState = HashMap.HashMap<string, Sitting>

const nothing: Sitting = { cohorts: 0, requested: HashMap.empty(), answers: HashMap.empty() }

const keyOf = ({ protocol, step }: EventOf<Consumed>): string => `${step}/${protocol}`

const sittingOf = (state: CompleteState, event: EventOf<Consumed>): Sitting => {
  const found = HashMap.get(state, keyOf(event))
  return found._tag === "Some" ? found.value : nothing
}

const answerOf = (event: EvaluationSampled, id: string, sha256: string): Answer => ({
  id,
  sha256,
  problemId: event.problemId,
  sampleIndex: event.sampleIndex,
  outcome: outcomeOf(event)
})

const evolve = (state: CompleteState, { event, id, sha256 }: Delivered<EventOf<Consumed>>): CompleteState => {
  const before = sittingOf(state, event)
  const after: Sitting =
    event._tag === "EvaluationRequested"
      ? {
          ...before,
          cohorts: event.cohorts,
          requested: HashMap.set(before.requested, event.cohort, event.problemIds.length * event.samplesPerProblem)
        }
      : {
          ...before,
          answers: HashMap.set(before.answers, `${event.problemId}/${event.sampleIndex}`, answerOf(event, id, sha256))
        }
  return HashMap.set(state, keyOf(event), after)
}

const isComplete = ({ answers, cohorts, requested }: Sitting): boolean => {
  let expected = 0
  for (const count of HashMap.values(requested)) expected += count
  return cohorts > 0 && HashMap.size(requested) === cohorts && HashMap.size(answers) === expected
}

const decide = Effect.fn("complete.decide")(function* (state: CompleteState, { event }: Delivered<EventOf<Consumed>>) {
  const sitting = sittingOf(state, event)
  if (!isComplete(sitting)) return []
  const run = yield* (yield* Runs).of(event.runId)
  const questions = testsOf(run).find(({ name }) => name === event.protocol)?.questions ?? []
  const answers = [...HashMap.values(sitting.answers)]
  const places = new Map(questions.map(({ id }, place) => [id, place]))
  const placeOf = ({ problemId }: Answer): number => places.get(problemId) ?? questions.length
  const causes = answers.toSorted((a, b) => placeOf(a) - placeOf(b) || a.sampleIndex - b.sampleIndex)
  return [
    new EvaluationCompleted({
      runId: event.runId,
      step: event.step,
      causes: [causesDigest(`${event.runId}/${event.step}/${event.protocol}/answers`, causes)],
      policyHash: event.policyHash,
      protocol: event.protocol,
      results: resultsOf(outcomesOf(questions, answers), run.config.evaluation.testSeed)
    })
  ]
})

export const complete = {
  name: "complete",
  consumes: ["EvaluationRequested", "EvaluationSampled"],
  initialState: HashMap.empty(),
  evolve,
  decide
} satisfies Decider<CompleteState, Consumed, unknown, Runs>
