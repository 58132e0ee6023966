/** What the history holds of evaluations: each answer with who judged it, each of its tokens, each figure. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { layerMemory } from "../log/memory.ts"
import { draftOf } from "../stream/deliver.ts"
import { evaluationOf } from "./fabricated/life.ts"
import { ask, folder, newLog, run, within } from "./history.harness.ts"
import { History } from "./history.ts"

/** The first answer was looked at, the second was not, as in events from before anybody did. */
const events = evaluationOf(run.runId, 0).map((event) =>
  event._tag === "EvaluationSampled"
    ? new EvaluationSampled({
        ...event,
        ...(event.sampleIndex === 0
          ? { grader: "qwen@1", form: "1/2", reflects: true, wouldExecute: false }
          : { grader: "exact@1", form: null, reflects: null, wouldExecute: null })
      })
    : event
)
const answers = events.flatMap((event) => (event._tag === "EvaluationSampled" ? [event] : []))
const completed = events.flatMap((event) => (event._tag === "EvaluationCompleted" ? [event] : []))

const rowsOf = (sql: string) =>
  Effect.gen(function* () {
    const path = yield* folder
    const log = yield* newLog
    return yield* within(
      path,
      Effect.gen(function* () {
        const { drain } = yield* (yield* History).follow(run)
        yield* log.append([...events, ...events].map(draftOf))
        yield* drain
        return yield* ask(sql)
      })
    )
  }).pipe(Effect.provide(layerMemory))

describe("the history of an evaluation", () => {
  it.effect("says of each answer who judged it and what was looked for, null where nobody did", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        "SELECT problem, sample, grader, form, reflects, would_execute FROM evaluation_samples ORDER BY problem, sample"
      )
      assert.deepStrictEqual(
        rows,
        answers.map(({ form, grader, problemId, reflects, sampleIndex, wouldExecute }) => ({
          ...{ problem: problemId, sample: sampleIndex, grader, form, reflects, would_execute: wouldExecute }
        }))
      )
    })
  )

  it.effect("has each token of each answer once, with its text and the verdict on the whole", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        `SELECT problem, sample, position, token, text, reinterpretAsUInt32(log_prob) AS log_prob,
          reinterpretAsUInt32(entropy) AS entropy, verdict, step, protocol, policy, event_id
        FROM evaluation_tokens ORDER BY problem, sample, position`
      )
      const bits = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]
      assert.deepStrictEqual(
        rows,
        answers.flatMap((answer) =>
          [...answer.tokens].map((token, position) => ({
            problem: answer.problemId,
            sample: answer.sampleIndex,
            position,
            token,
            text: run.vocabulary[token] ?? "",
            log_prob: bits(answer.logProbs[position]),
            entropy: bits(answer.entropies[position]),
            verdict: answer.verdict,
            step: answer.step,
            protocol: answer.protocol,
            policy: answer.policyHash,
            event_id: answer.eventId
          }))
        )
      )
    })
  )

  it.effect("has each figure of each group once, with its interval", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        "SELECT family, metric, value, low, high, step, protocol FROM evaluation_figures ORDER BY family, metric"
      )
      assert.deepStrictEqual(
        rows,
        completed.flatMap(({ protocol, results, step }) =>
          results.flatMap(({ figures, group }) =>
            figures.map((figure) => ({ family: group, ...figure, step, protocol }))
          )
        )
      )
    })
  )
})
