/** Answers that the stages themselves recorded, judged again. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Array as Arr, Effect, Layer, Schema } from "effect"
import { Grader } from "../../../learning/grading/grader.ts"
import { type GradingMode, gradingModes } from "../../../learning/grading/modes.ts"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import { Rewards } from "../../../learning/rewards/rewards.ts"
import { evaluate } from "../../../pipelines/evaluate/stage.ts"
import type { Benchmark, Question, Run } from "../../../pipelines/runs.ts"
import { knowing, smallRun, tokenizer } from "../../../pipelines/small-run.fixture.ts"
import { testsOf } from "../../../pipelines/tests.ts"
import { verify } from "../../../pipelines/verify/stage.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { draftOf } from "../../../platform/stream/deliver.ts"
import { delivered, generated, hash, runId } from "../../../platform/stream/events.fixture.ts"
import { type OnefoldEvent, topics } from "../../../schemas/catalogue.ts"
import { EvaluationRequested } from "../../../schemas/evaluation-requested.ts"
import { EvaluationSampled } from "../../../schemas/evaluation-sampled.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RolloutGenerated } from "../../../schemas/rollout-generated.ts"
import { RolloutGraded } from "../../../schemas/rollout-graded.ts"
import { RunStarted } from "../../../schemas/run-started.ts"
import { type Again, judgeAgain } from "./answers-of-run.ts"
import type { Judged } from "./judged.ts"
import type { Repaid } from "./rewards.ts"

const started = new RunStarted({ ...goldenEvents.RunStarted, runId, logStart: [] })

/** Each answer is the next of these texts, as one token that names it. */
const answering = (texts: ReadonlyArray<string>) =>
  Layer.mock(PolicyEngine, {
    facts: {
      ...{ backend: "wasm", mode: "eager", precision: "float32", why: "", version: "", oneDnn: false },
      ...{ intraOpThreads: 1, instructionSet: "" }
    },
    generate: ({ prompts }) =>
      Effect.succeed(
        prompts.flatMap(({ promptId, samples }, p) =>
          Array.from({ length: samples }, (_, sampleIndex) => ({
            ...{ promptId, sampleIndex, logProbs: Float32Array.of(0), entropies: Float32Array.of(0) },
            tokens: Int32Array.of((p * samples + sampleIndex) % texts.length),
            stop: "eos" as const
          }))
        )
      )
  })

const question = (id: string, answer: string, more: Partial<Question> = {}): Question => ({
  ...{ id, family: "b", text: id, tokens: Int32Array.of(1), answer },
  ...more
})

/** A benchmark of our own grader that looks anywhere and stops at a word, with a problem of choices and one of units. */
const benchmark = (grader: GradingMode): Benchmark => ({
  settings: {
    ...{ test: "set.own", set: "set", protocol: "own", sheet: hash("a"), count: 3, temperature: 0, samples: 2 },
    ...{ maxTokens: 6, stop: ["STOP"], grader, where: "anywhere", role: "test", at: "every" }
  },
  questions: [
    question("b/0", "5"),
    question("b/1", "B", {
      choices: [
        { label: "A", text: "3" },
        { label: "B", text: "5" }
      ]
    }),
    question("b/2", "5\\text{ cm}", { dataName: "minerva_math" })
  ]
})

const runBy = (grader: GradingMode, texts: ReadonlyArray<string>): Run => ({
  ...smallRun({ grader }),
  benchmarks: [benchmark(grader)],
  tokenizer: { ...tokenizer, decode: ([token]) => texts[token], encode: () => Effect.succeed(Int32Array.of(1)) }
})

const services = (run: Run, texts: ReadonlyArray<string>) =>
  Layer.mergeAll(knowing(run), Grader.layerInline, Rewards.layer, answering(texts))

/** What the stages write of these answers: to every test, and of a batch of rollouts at each of two steps. */
const recordedBy = (run: Run, texts: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const requests = testsOf(run).map(
      ({ name, questions, samples, temperature }) =>
        new EvaluationRequested({
          ...{ runId, causes: [], step: 0, cohort: 0, cohorts: 1, policyHash: hash("b"), protocol: name },
          ...{ temperature, samplesPerProblem: samples, problemIds: questions.map(({ id }) => id) }
        })
    )
    const rollouts = texts.flatMap((text, sampleIndex) =>
      [0, 1].map((step) => generated({ promptId: step === 0 ? "two:0" : "chain:0", step, sampleIndex, text }))
    )
    const sampled = yield* evaluate.handle(requests.map(delivered))
    const graded = yield* verify.handle(rollouts.map(delivered))
    return { sampled, rollouts, graded }
  }).pipe(Effect.provide(services(run, texts)))

/** An event's place as judged answers name it. */
const keyOf = (event: EvaluationSampled | RolloutGraded): string =>
  event._tag === "EvaluationSampled"
    ? `${event.protocol} ${event.step} ${event.problemId} ${event.sampleIndex}`
    : `train ${event.step} ${event.promptId} ${event.sampleIndex}`

/** All that is found of these events. */
const foundIn = (events: ReadonlyArray<OnefoldEvent>, run: Run, choices: Partial<Again>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.createTopics(topics)
    yield* log.append(events.map(draftOf))
    const [judged, repaid, steps] = [[] as Judged[], [] as Repaid[], new Set<number>()]
    let ungraded = 0
    const again: Again = { started, sat: run, mode: null, reward: null, test: null, step: null, ...choices }
    yield* judgeAgain(again, {
      judged: (each) => judged.push(each),
      repaid: (each) => repaid.push(each),
      sawStep: (step) => steps.add(step),
      ungraded: () => {
        ungraded += 1
      }
    })
    const written = yield* Effect.forEach(topics, ({ name }) => log.endOffsets(name))
    assert.strictEqual(
      written.flat().reduce((sum, end) => sum + end, 0),
      events.length,
      "nothing more is written"
    )
    return { judged, repaid, steps, ungraded }
  }).pipe(Effect.provide(Layer.mergeAll(layerMemory, Grader.layerInline, Rewards.layer)))

/** Answers in and out of boxes, behind a stop word, as choices, with units, in words, and such as make graders give up. */
const pieces =
  "\\boxed{|}|39|5|3|B|(B)|STOP| |the answer is |\\frac{1}{2}|0.5|5 cm|9^{9^{9^{9}}}|=|$|\n|答案是|-|\\boxed{39}|\\boxed{5}"
const AnyText = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Literals(pieces.split("|"))), { maxLength: 6 }),
  (chosen) => chosen.join("")
)
const AnyTexts = Arbitrary.array(AnyText, { minLength: 1, maxLength: 8 })
const AnyMode = Arbitrary.schema(Schema.Literals(gradingModes))

const texts = ["\\boxed{39}", "39", "\\boxed{5}", "the answer is 5 STOP 7", "(B)", "\\boxed{9^{9^{9^{9}}}}", "5 cm", ""]

const few = { arbitrary: { runs: 20 } }

describe("answers judged again", () => {
  it.effect.prop(
    "given the grader that judged them, then every verdict, extraction and rule is as it was, and every reward",
    { drawn: AnyTexts, mode: AnyMode },
    ({ drawn, mode }) =>
      Effect.gen(function* () {
        const run = runBy(mode, drawn)
        const { graded, rollouts, sampled } = yield* recordedBy(run, drawn)
        const reward = { settings: run.config, prompts: run.config.prompts }
        const { judged, repaid, ungraded } = yield* foundIn([...sampled, ...rollouts, ...graded], run, { mode, reward })
        assert.lengthOf(judged, sampled.length + graded.length)
        assert.lengthOf(repaid, graded.length)
        assert.strictEqual(ungraded, 0)
        for (const { now, recorded } of judged) assert.deepStrictEqual(now, recorded)
        for (const { now, recorded } of repaid) assert.strictEqual(now, recorded)
      }),
    few
  )

  it.effect.prop(
    "given another grader, then they are judged as a run by it would have judged them",
    { drawn: AnyTexts, mode: AnyMode, other: AnyMode },
    ({ drawn, mode, other }) =>
      Effect.gen(function* () {
        const [run, otherRun] = [runBy(mode, drawn), runBy(other, drawn)]
        const { graded, rollouts, sampled } = yield* recordedBy(run, drawn)
        const expected = yield* recordedBy(otherRun, drawn)
        const verdicts = new Map(
          [...expected.sampled, ...expected.graded].map((event) => [
            keyOf(event),
            [event.verdict, event.extracted, event.rule]
          ])
        )
        const { judged } = yield* foundIn([...sampled, ...rollouts, ...graded], run, { mode: other })
        assert.lengthOf(judged, verdicts.size)
        for (const { now, problem, sample, step, test } of judged)
          assert.deepStrictEqual(
            [now.verdict, now.extracted, now.rule],
            verdicts.get(`${test} ${step} ${problem} ${sample}`)
          )
      }),
    few
  )

  it.effect("given these texts, then the graders differ, so that the laws above say something", () =>
    Effect.gen(function* () {
      const { sampled } = yield* recordedBy(runBy("exact", texts), texts)
      const right = (events: ReadonlyArray<Judged>) => events.filter(({ now }) => now.verdict === "correct").length
      const counts = yield* Effect.forEach(gradingModes, (mode) =>
        Effect.map(foundIn(sampled, runBy("exact", texts), { mode }), ({ judged }) => right(judged))
      )
      assert.lengthOf(new Set(counts), 3)
    })
  )

  it.effect("given an id that was written twice, then the first record is judged", () =>
    Effect.gen(function* () {
      const run = runBy("exact", texts)
      const { graded, rollouts, sampled } = yield* recordedBy(run, texts)
      const again = [
        ...sampled.map((event) => new EvaluationSampled({ ...event, verdict: "unknown" })),
        ...rollouts.map((event) => new RolloutGenerated({ ...event, text: "another" })),
        ...graded.map((event) => new RolloutGraded({ ...event, verdict: "unknown" }))
      ]
      const once = yield* foundIn([...sampled, ...rollouts, ...graded], run, { mode: "qwen" })
      const twice = yield* foundIn([...sampled, ...rollouts, ...graded, ...again], run, { mode: "qwen" })
      assert.deepStrictEqual(twice, once)
    })
  )

  it.effect("given a test and a step, then its answers alone, and every step of it is seen", () =>
    Effect.gen(function* () {
      const run = runBy("exact", texts)
      const { graded, rollouts, sampled } = yield* recordedBy(run, texts)
      const events = [...sampled, ...rollouts, ...graded]
      const train = yield* foundIn(events, run, { mode: "exact", test: "train", step: 1 })
      assert.deepStrictEqual(new Set(train.judged.map(({ step, test }) => `${test} ${step}`)), new Set(["train 1"]))
      assert.deepStrictEqual(train.steps, new Set([0, 1]))
      const greedy = yield* foundIn(events, run, { mode: "exact", test: "greedy" })
      assert.deepStrictEqual(new Set(greedy.judged.map(({ test }) => test)), new Set(["greedy"]))
      const byReward = yield* foundIn(events, run, { reward: { settings: run.config, prompts: run.config.prompts } })
      assert.deepStrictEqual(new Set(byReward.judged.map(({ test }) => test)), new Set(["train"]))
    })
  )

  it.effect("given other answers that earn, then rollouts are held against those, and paid by them", () =>
    Effect.gen(function* () {
      const run = runBy("exact", texts)
      const { graded, rollouts } = yield* recordedBy(run, texts)
      const prompts = Arr.map(run.config.prompts, (prompt) => ({ ...prompt, answer: "5", trueAnswer: prompt.answer }))
      const reward = { settings: { reward: "wrong-label" }, prompts }
      const { judged, repaid } = yield* foundIn([...rollouts, ...graded], run, { reward, step: 0 })
      const right = judged.filter(({ now }) => now.verdict === "correct")
      assert.deepStrictEqual(
        right.map(({ gold, sample }) => [gold, sample]),
        [["5", 2]]
      )
      assert.deepStrictEqual(
        repaid
          .filter(({ now, recorded }) => now !== recorded)
          .map(({ now, recorded, sampleIndex }) => [sampleIndex, recorded, now]),
        [
          [0, 1, 0],
          [2, 0, 1]
        ]
      )
    })
  )

  it.effect("given a rollout that was never graded, then it is left out and counted", () =>
    Effect.gen(function* () {
      const run = runBy("exact", texts)
      const { graded, rollouts } = yield* recordedBy(run, texts)
      const found = yield* foundIn([...rollouts, ...graded.slice(3)], run, { mode: "exact" })
      assert.deepStrictEqual([found.judged.length, found.ungraded], [rollouts.length - 3, 3])
    })
  )

  it.effect("given an answer to a problem or a test that the run does not have, then it fails with its name", () =>
    Effect.gen(function* () {
      const run = runBy("exact", texts)
      const [first] = (yield* recordedBy(run, texts)).sampled
      for (const fields of [{ problemId: "nobody" }, { protocol: "nobody" }]) {
        const failure = yield* Effect.flip(
          foundIn([new EvaluationSampled({ ...first, ...fields })], run, { mode: "exact" })
        )
        assert.deepInclude(failure, { _tag: "UnknownQuestion", id: "nobody" })
      }
    })
  )
})
