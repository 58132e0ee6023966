/**
 * `onefold show RUN --step K`: the answers of a step, or one of them token by token, from the log.
 */
import { Effect, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { readSheet } from "../../learning/datasets/benchmarks/sheet.ts"
import { nearest } from "../../learning/nearest.ts"
import { loadTokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import { readTokenizerFolder } from "../../learning/policy/tokenizer/tokenizer-folder.ts"
import { layerLocal } from "../../platform/blobs/local.ts"
import type { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { heldOutTexts, trainingTexts } from "./asked-texts.ts"
import { folderOfModel } from "./base.ts"
import { existingDataFolder } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { configOfRun, findRun, type RecordedRun } from "./recorded.ts"
import { answerText } from "./report/answer.ts"
import { type AnswerRow, answersTable, bestFirst } from "./report/answers-table.ts"
import { meanOf, type ShownAnswer } from "./report/shown-answer.ts"
import { terminalOf } from "./reporter.ts"
import { answerFields, rowFields } from "./shown-fields.ts"
import { answersToTest, computedOf, coordinatesOf, rolloutsOfStep } from "./step-answers.ts"
import { type Measure, measured, testedFigures, trainedFigures } from "./token-figures.ts"

/** The run has recorded no such step, prompt, sample, test or problem. */
export class NotRecorded extends Schema.TaggedError<NotRecorded>()("NotRecorded", {
  runId: Schema.String,
  /** What was asked for, in words. */
  asked: Schema.String,
  /** What there is. */
  has: Schema.String
}) {
  override get message(): string {
    return `run ${this.runId} has no ${this.asked}; ${this.has}`
  }
}

export interface StepOptions {
  readonly run: string
  readonly step: number
  readonly sample: number | null
  readonly prompt: string | null
  readonly problem: string | null
  readonly test: string | null
  readonly by: Measure
  readonly json: boolean
  readonly dataDir: string
  readonly model: string | null
}

/** What is shown: many answers, or one. */
type Shown =
  | { readonly rows: ReadonlyArray<AnswerRow>; readonly test: string | null }
  | { readonly answer: ShownAnswer }

const nearestNumber = (wanted: number, numbers: ReadonlyArray<number>): number =>
  numbers.reduce((best, each) => (Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best), numbers[0])

/** Numbers in order, told by their ends and the nearest to what was asked. */
const numbersTold = (what: string, wanted: number, numbers: ReadonlyArray<number>): string => {
  if (numbers.length === 0) return `no ${what} is recorded yet`
  const sorted = numbers.toSorted((a, b) => a - b)
  return `${what}s go from ${sorted[0]} to ${sorted[sorted.length - 1]}; the nearest is ${nearestNumber(wanted, sorted)}`
}

/** The answers whose id is the one asked for; all of them where none is. */
const ofId = Effect.fn("showStep.ofId")(function* <A>(
  runId: string,
  what: "prompt" | "problem",
  asked: string | null,
  answers: ReadonlyArray<A>,
  idOf: (answer: A) => string
) {
  if (asked === null) return answers
  const found = answers.filter((answer) => idOf(answer) === asked)
  if (found.length > 0) return found
  const has = `did you mean ${nearest(asked, [...new Set(answers.map(idOf))])}?`
  return yield* new NotRecorded({ runId, asked: `${what} ${asked} in this step`, has })
})

/** The one answer of a sample. Fails with NotRecorded where there is none, with OptionsConflict where several prompts have it. */
const ofSample = Effect.fn("showStep.ofSample")(function* <A extends { readonly sampleIndex: number }>(
  runId: string,
  what: "prompt" | "problem",
  sample: number,
  answers: ReadonlyArray<A>,
  idOf: (answer: A) => string
) {
  const found = answers.filter(({ sampleIndex }) => sampleIndex === sample)
  if (found.length === 1) return found[0]
  if (found.length === 0) {
    const has = numbersTold(
      "sample",
      sample,
      answers.map(({ sampleIndex }) => sampleIndex)
    )
    return yield* new NotRecorded({ runId, asked: `sample ${sample} here`, has })
  }
  const reason = `${found.length} ${what}s have a sample ${sample}; choose one with --${what}, such as ${idOf(found[0])}`
  return yield* new OptionsConflict({ reason })
})

const rowOf = (
  answer: RolloutGenerated | EvaluationSampled,
  judged: { readonly verdict: string; readonly rule: string; readonly reward?: number | null } | null
): AnswerRow => ({
  id: answer._tag === "RolloutGenerated" ? answer.promptId : answer.problemId,
  sample: answer.sampleIndex,
  reward: judged?.reward ?? null,
  verdict: judged?.verdict ?? null,
  rule: judged?.rule ?? null,
  length: answer.tokens.length,
  meanLogProb: meanOf(answer.logProbs),
  meanEntropy: meanOf(answer.entropies),
  text: answer.text
})

/** What all answers of a run are shown with. */
interface Showing {
  readonly recorded: RecordedRun
  readonly config: RunConfig
  /** Texts of tokens, special ones by name. */
  readonly textsOf: (tokens: Int32Array) => ReadonlyArray<string>
}

const sampledPart = ({ recorded, textsOf }: Showing, answer: RolloutGenerated | EvaluationSampled) => {
  const { cohort, policyHash, sampleIndex, step, stop, text, tokens } = answer
  const tokenTexts = textsOf(tokens)
  return {
    runId: recorded.started.runId,
    step,
    sample: sampleIndex,
    tokens,
    tokenTexts,
    text,
    stop,
    policyHash,
    cohort
  }
}

const shownRollout = Effect.fn("showStep.rollout")(function* (
  showing: Showing,
  rollout: RolloutGenerated,
  verdict: RolloutGraded | undefined
) {
  const { config, recorded } = showing
  const computed = yield* computedOf(recorded.started, rollout)
  const { gradient, scores } = computed
  const asked = trainingTexts(config).find(({ id }) => id === rollout.promptId)
  const answer: ShownAnswer = {
    ...sampledPart(showing, rollout),
    ...{ test: null, id: rollout.promptId, prompt: asked?.text ?? null, gold: asked?.answer ?? null },
    figures: trainedFigures(rollout, computed, config),
    judgement:
      verdict === undefined ? null : { ...verdict, earned: { reward: verdict.reward, by: verdict.rewardName } },
    learnedIn:
      gradient === null
        ? null
        : {
            ...{ update: gradient.step + 1, shard: gradient.shard, shards: gradient.shards },
            gradientHash: gradient.gradientHash
          },
    eventIds: [rollout, verdict, scores, gradient].flatMap((event) => event?.eventId ?? [])
  }
  return answer
})

const shownRollouts = Effect.fn("showStep.rollouts")(function* (showing: Showing, options: StepOptions) {
  const { started } = showing.recorded
  const { runId } = started
  const { rollouts, steps, verdicts } = yield* rolloutsOfStep(started, options.step)
  if (rollouts.length === 0)
    return yield* new NotRecorded({
      ...{ runId, asked: `rollouts of step ${options.step}` },
      has: numbersTold("step", options.step, steps)
    })
  const idOf = ({ promptId }: RolloutGenerated) => promptId
  const chosen = yield* ofId(runId, "prompt", options.prompt, rollouts, idOf)
  const rows = chosen.map((rollout) => rowOf(rollout, verdicts.get(coordinatesOf(rollout)) ?? null))
  if (options.sample === null) return { rows: bestFirst(rows), test: null } satisfies Shown
  const rollout = yield* ofSample(runId, "prompt", options.sample, chosen, idOf)
  return { answer: yield* shownRollout(showing, rollout, verdicts.get(coordinatesOf(rollout))) } satisfies Shown
})

/** What a test's problem asked, and its gold answer: from the configuration, or from the sheet of a benchmark. */
const askedIn = Effect.fn("showStep.askedIn")(function* (config: RunConfig, test: string, problemId: string) {
  const benchmark = config.evaluation.benchmarks?.find((each) => each.test === test)
  if (benchmark === undefined)
    return [...trainingTexts(config), ...heldOutTexts(config)].find(({ id }) => id === problemId)
  const problems = yield* readSheet(yield* (yield* Artifacts).load(benchmark.sheet), benchmark.sheet)
  return problems.find(({ id }) => id === problemId)
})

const shownAnswers = Effect.fn("showStep.answers")(function* (showing: Showing, test: string, options: StepOptions) {
  const { config, recorded } = showing
  const { runId } = recorded.started
  const { answers, sat } = yield* answersToTest(recorded.started, options.step, test)
  if (answers.length === 0) {
    const steps = sat.filter((each) => each.test === test).map(({ step }) => step)
    const has =
      steps.length > 0
        ? numbersTold("step", options.step, steps)
        : `did you mean ${nearest(test, [...new Set(sat.map((each) => each.test))])}?`
    const asked = steps.length > 0 ? `answers to test ${test} at step ${options.step}` : `test ${test}`
    return yield* new NotRecorded({ runId, asked, has })
  }
  const idOf = ({ problemId }: EvaluationSampled) => problemId
  const chosen = yield* ofId(runId, "problem", options.problem, answers, idOf)
  const isOne = options.problem !== null && chosen.length === 1
  if (options.sample === null && !isOne)
    return { rows: bestFirst(chosen.map((answer) => rowOf(answer, answer))), test } satisfies Shown
  const found = yield* ofSample(runId, "problem", options.sample ?? chosen[0].sampleIndex, chosen, idOf)
  const asked = yield* askedIn(config, test, found.problemId)
  const answer: ShownAnswer = {
    ...sampledPart(showing, found),
    ...{ test, id: found.problemId, prompt: asked?.text ?? null, gold: asked?.answer ?? null },
    figures: testedFigures(found),
    judgement: { ...found, earned: null },
    learnedIn: null,
    eventIds: [found.eventId]
  }
  return { answer } satisfies Shown
})

/** An answer has no figures of the kind that it is to be coloured by. */
const checkMeasured = ({ figures, id, runId, sample, test }: ShownAnswer, by: Measure) =>
  measured(figures, by) !== null
    ? Effect.void
    : Effect.fail(
        new NotRecorded({
          ...{ runId, asked: `${by} for the tokens of ${id}, sample ${sample}` },
          has: `${test === null ? "no gradient, or no reference, was computed of it" : "nothing is learned from an answer to a test"}; --by log-prob and --by entropy are known`
        })
      )

const told = (shown: Shown, { by, json, step }: StepOptions, runId: string): string => {
  const terminal = terminalOf(process.stdout)
  if ("answer" in shown)
    return json ? JSON.stringify(answerFields(shown.answer)) : answerText(shown.answer, by, terminal)
  const { rows, test } = shown
  if (json) return JSON.stringify(rowFields(rows, { run: runId, step, test }))
  return answersTable(rows, test === null ? "prompt" : "problem", terminal)
}

/** Fails with RunNotFound, NotRecorded, OptionsConflict, RecordUnreadable and as the data folder does. */
export const showStep = Effect.fn("showStep")(function* (options: StepOptions) {
  const folder = yield* existingDataFolder(options.dataDir)
  yield* Effect.gen(function* () {
    const recorded = yield* findRun(options.run)
    const config = yield* configOfRun(recorded)
    const model = options.model ?? folderOfModel(config.model.name)
    const tokenizer = yield* loadTokenizer(yield* readTokenizerFolder(model))
    const showing: Showing = {
      ...{ recorded, config },
      textsOf: (tokens) => Array.from(tokens, tokenizer.token)
    }
    const { test } = options
    const shown: Shown = yield* test === null ? shownRollouts(showing, options) : shownAnswers(showing, test, options)
    if ("answer" in shown && !options.json) yield* checkMeasured(shown.answer, options.by)
    const text = told(shown, options, recorded.started.runId)
    yield* Effect.sync(() => process.stdout.write(`${text}\n`))
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs))))
})
