import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type Grade, Grader } from "../../learning/grading/grader.ts"
import { graderTitle } from "../../learning/grading/modes.ts"
import { decode, encode } from "../../platform/log/codec.ts"
import { delivered, runId } from "../../platform/stream/events.fixture.ts"
import { causeOf } from "../../platform/stream/stage.ts"
import type { BenchmarkTest } from "../../schemas/evaluation-config.ts"
import { EvaluationRequested } from "../../schemas/evaluation-requested.ts"
import { RolloutRequested } from "../../schemas/rollout-requested.ts"
import { engineWithBase } from "../engine.fixture.ts"
import { generate } from "../generate/stage.ts"
import { baseHash, knowing, smallRun, tokenizer } from "../small-run.fixture.ts"
import { evaluate } from "./stage.ts"

const run = smallRun()
const problemIds = run.heldOut.map(({ id }) => id)

const request = (fields: Partial<EvaluationRequested> = {}): EvaluationRequested =>
  new EvaluationRequested({
    runId,
    causes: [],
    step: 0,
    cohort: 0,
    cohorts: 1,
    policyHash: baseHash,
    protocol: "avg@2",
    temperature: 0.5,
    samplesPerProblem: 2,
    problemIds,
    ...fields
  })
const greedy = (fields: Partial<EvaluationRequested> = {}) =>
  request({ protocol: "greedy", temperature: 0, samplesPerProblem: 1, ...fields })

const answersTo = (requests: ReadonlyArray<EvaluationRequested>, of = run, grader = Grader.layerInline) =>
  evaluate.handle(requests.map(delivered)).pipe(Effect.provide(Layer.merge(knowing(of), grader)))

/** Tells what it was asked, in place of a rule. */
const echoing = Layer.succeed(Grader, {
  grade: (batch) =>
    Effect.succeed(
      batch.map(
        ({ reference, text }): Grade => ({ extracted: text, verdict: "unknown", rule: `asked for ${reference}` })
      )
    )
})

/** Tells all of what it was asked, in place of a rule. */
const telling = Layer.succeed(Grader, {
  grade: (batch) =>
    Effect.succeed(
      batch.map((asked): Grade => ({ extracted: null, verdict: "no-answer", rule: JSON.stringify(asked) }))
    )
})

const benchmark: BenchmarkTest = {
  ...{ test: "set.paper", set: "set", protocol: "paper", sheet: baseHash, count: 1 },
  ...{ temperature: 0, samples: 1, maxTokens: 6, grader: "qwen", role: "test", at: "ends" }
}
const ofBenchmark = (fields: Partial<EvaluationRequested> = {}) =>
  greedy({ protocol: "set.paper", problemIds: ["set/0"], ...fields })

const tokensOf = (answers: ReadonlyArray<{ readonly tokens: Int32Array }>) => answers.map(({ tokens }) => [...tokens])

describe("evaluate", () => {
  layer(engineWithBase(), { timeout: 60_000 })("over the engine", (it) => {
    it.effect("given a cohort, then every problem is answered as often as asked, in order, and can be written", () =>
      Effect.gen(function* () {
        const asked = request({ cohort: 3, cohorts: 5 })
        const answers = yield* answersTo([asked])
        assert.deepStrictEqual(
          answers.map(({ eventId }) => eventId),
          problemIds.flatMap((id) => [0, 1].map((i) => `${runId}/0/answer/avg@2/${id}/${i}`))
        )
        for (const answer of answers) {
          assert.deepInclude(answer, { cohort: 3, policyHash: baseHash, text: tokenizer.decode(answer.tokens) })
          assert.deepStrictEqual(answer.causes, [causeOf(delivered(asked))])
          assert.deepStrictEqual(yield* decode(encode(answer)), answer)
        }
      })
    )

    it.effect("given answers, then each is graded against its own problem's answer", () =>
      Effect.gen(function* () {
        const answers = yield* answersTo([greedy()], run, echoing)
        for (const answer of answers) {
          assert.strictEqual(answer.rule, `asked for ${run.question(answer.problemId)?.answer}`)
          assert.deepInclude(answer, { verdict: "unknown", extracted: answer.text })
        }
      })
    )

    it.effect("given a greedy test, then a policy answers the same at every step and whatever the seed", () =>
      Effect.gen(function* () {
        const tokens = tokensOf(yield* answersTo([greedy()]))
        assert.deepStrictEqual(tokensOf(yield* answersTo([greedy({ step: 2 })])), tokens)
        const otherSeed = smallRun({ evaluation: { ...run.config.evaluation, testSeed: 6 } })
        assert.deepStrictEqual(tokensOf(yield* answersTo([greedy()], otherSeed)), tokens)
      })
    )

    it.effect("given a sampled test, then it is drawn by the test seed alone", () =>
      Effect.gen(function* () {
        const tokens = tokensOf(yield* answersTo([request()]))
        assert.deepStrictEqual(tokensOf(yield* answersTo([request()], smallRun({ seed: 99 }))), tokens)
        const otherSeed = smallRun({ evaluation: { ...run.config.evaluation, testSeed: 6 } })
        assert.notDeepEqual(tokensOf(yield* answersTo([request()], otherSeed)), tokens)
      })
    )

    it.effect("given training and test by one seed, then the same question is answered by other draws", () =>
      Effect.gen(function* () {
        const of = smallRun({ seed: run.config.evaluation.testSeed })
        const { maxTokens, temperature } = of.config
        assert.strictEqual(maxTokens, of.config.evaluation.maxTokens)
        const prompts = [{ promptId: "two:0", firstSample: 0, samples: 3 }]
        const asked = new RolloutRequested({ runId, causes: [], step: 0, cohort: 0, policyHash: baseHash, prompts })
        const trained = yield* generate.handle([delivered(asked)]).pipe(Effect.provide(knowing(of)))
        const asking = request({ protocol: "train@2", temperature, samplesPerProblem: 3, problemIds: ["two:0"] })
        const tested = yield* answersTo([asking], of)
        assert.notDeepEqual(tokensOf(tested), tokensOf(trained))
      })
    )

    it.effect("given the test's limit, then no answer is longer, whatever the training's limit", () =>
      Effect.gen(function* () {
        const of = smallRun({ maxTokens: 50, evaluation: { ...run.config.evaluation, maxTokens: 2 } })
        assert.isTrue((yield* answersTo([request()], of)).every(({ tokens }) => tokens.length <= 2))
      })
    )

    it.effect("given two cohorts at once, then they give what each gives alone", () =>
      Effect.gen(function* () {
        const halves = [problemIds.slice(0, 2), problemIds.slice(2)].map((ids, cohort) =>
          request({ problemIds: ids, cohort, cohorts: 2 })
        )
        const together = yield* answersTo(halves)
        assert.deepStrictEqual(together, [...(yield* answersTo([halves[0]])), ...(yield* answersTo([halves[1]]))])
      })
    )

    it.effect(
      "given a benchmark, then its own questions are asked, under its own limit, and graded by its grader",
      () =>
        Effect.gen(function* () {
          const asked = {
            ...(run.question("test/eq/0") ?? run.heldOut[0]),
            ...{ id: "set/0", dataName: "set", choices: [{ label: "A", text: "1" }] }
          }
          const of = { ...run, benchmarks: [{ settings: { ...benchmark, maxTokens: 3 }, questions: [asked] }] }
          const [answer] = yield* answersTo([ofBenchmark()], of, telling)
          assert.deepInclude(JSON.parse(answer.rule), {
            ...{ mode: "qwen", where: "anywhere", dataName: "set", reference: asked.answer, choices: asked.choices }
          })
          assert.isAtMost(answer.tokens.length, 3)
          assert.strictEqual(answer.grader, graderTitle("qwen"))
        })
    )

    it.effect("given no room for as many tokens as are allowed, then as many as there is room for", () =>
      Effect.gen(function* () {
        const question = { ...run.heldOut[0], id: "set/0" }
        const of = {
          ...run,
          maxPositions: question.tokens.length + 2,
          benchmarks: [{ settings: { ...benchmark, maxTokens: 50 }, questions: [question] }]
        }
        const [answer] = yield* answersTo([ofBenchmark()], of)
        assert.isAtMost(answer.tokens.length, 2)
      })
    )

    it.effect("given a text to stop at that is one token, then the answer ends with it and is graded without it", () =>
      Effect.gen(function* () {
        const question = { ...run.heldOut[0], id: "set/0" }
        const sat = (stop: ReadonlyArray<string>) =>
          answersTo(
            [ofBenchmark()],
            { ...run, benchmarks: [{ settings: { ...benchmark, maxTokens: 20, stop }, questions: [question] }] },
            echoing
          )
        const [whole] = yield* sat([])
        const end = whole.tokens[2]
        const word = tokenizer.decode(whole.tokens.slice(2, 3))
        const [cut] = yield* sat([word])
        const first = whole.tokens.indexOf(end)
        assert.deepStrictEqual([...cut.tokens], [...whole.tokens.slice(0, first + 1)])
        assert.strictEqual(cut.stop, "stop")
        assert.strictEqual(cut.extracted, tokenizer.decode(whole.tokens.slice(0, first)).trim())
      })
    )

    it.effect("given nearly no share of the probability to draw from, then answers are the greedy ones", () =>
      Effect.gen(function* () {
        const questions = run.heldOut
        const of = (temperature: number, topP: number) => ({
          ...run,
          benchmarks: [{ settings: { ...benchmark, maxTokens: 6, temperature, topP }, questions }]
        })
        const asked = (temperature: number) => ofBenchmark({ temperature, problemIds })
        const narrow = yield* answersTo([asked(1)], of(1, 1e-6))
        assert.deepStrictEqual(tokensOf(narrow), tokensOf(yield* answersTo([asked(0)], of(0, 1))))
      })
    )

    it.effect(
      "given answers, then each says whether it reflects by the run's words, and would have been run as code",
      () =>
        Effect.gen(function* () {
          const [answer] = yield* answersTo([greedy()])
          assert.deepInclude(answer, { reflects: false, wouldExecute: false, grader: graderTitle("exact") })
          const [word] = tokenizer.decode(answer.tokens)
          const of = smallRun({ evaluation: { ...run.config.evaluation, reflectionWords: [word] } })
          assert.isTrue((yield* answersTo([greedy()], of))[0].reflects)
        })
    )

    it.effect("given answers that are right in other words, then they are one answer in a vote", () =>
      Effect.gen(function* () {
        const judging = (grade: Grade) =>
          Layer.succeed(Grader, { grade: (batch) => Effect.succeed(batch.map(() => grade)) })
        const graded = (grade: Grade) => Effect.map(answersTo([greedy()], run, judging(grade)), ([{ form }]) => form)
        const compared = { answer: "0.5", reference: "1/2" }
        assert.strictEqual(
          yield* graded({ verdict: "correct", rule: "r", extracted: "0.50", compared }),
          run.heldOut[0].answer
        )
        assert.strictEqual(yield* graded({ verdict: "incorrect", rule: "r", extracted: "0.50", compared }), "0.5")
        assert.strictEqual(yield* graded({ verdict: "incorrect", rule: "r", extracted: "0.50" }), "0.50")
        assert.isNull(yield* graded({ verdict: "no-answer", rule: "r", extracted: null }))
      })
    )

    it.effect("given a test that the run does not have, then it fails with its name", () =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(answersTo([request({ protocol: "nobodys.paper" })]))
        assert.include(failure.message, "nobodys.paper")
      })
    )

    it.effect("given a problem that the run does not have, then it fails with its name", () =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(answersTo([request({ problemIds: ["nobody's"] })]))
        assert.strictEqual(failure._tag, "UnknownQuestion")
        assert.include(failure.message, "nobody's")
      })
    )
  })
})
