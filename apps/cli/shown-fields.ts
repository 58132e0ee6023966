/**
 * Answers as fields of one JSON object: what `onefold show --step K --json` prints. Documented in docs/cli.md.
 */
import { shortestOf } from "./float32-text.ts"
import type { AnswerRow } from "./report/answers-table.ts"
import type { ShownAnswer } from "./report/shown-answer.ts"

/** float32 values in the fewest digits that still say which they are; JSON has no infinity, so one is null. */
const numbers = (values: Float32Array | null): ReadonlyArray<number> | null =>
  values === null ? null : shortestOf(values)

export const answerFields = (answer: ShownAnswer): Readonly<Record<string, unknown>> => {
  const { figures, judgement } = answer
  return {
    type: answer.test === null ? "rollout" : "answer",
    ...{ run: answer.runId, step: answer.step, test: answer.test },
    ...(answer.test === null ? { prompt: answer.id } : { problem: answer.id }),
    ...{ sample: answer.sample, promptText: answer.prompt, gold: answer.gold, text: answer.text, stop: answer.stop },
    tokens: [...answer.tokens],
    tokenTexts: answer.tokenTexts,
    logProbs: numbers(figures.logProbs),
    entropies: numbers(figures.entropies),
    trainerLogProbs: numbers(figures.trainerLogProbs),
    trainerEntropies: numbers(figures.trainerEntropies),
    referenceLogProbs: numbers(figures.referenceLogProbs),
    advantages: numbers(figures.advantages),
    ratios: numbers(figures.ratios),
    kls: numbers(figures.kls),
    verdict: judgement?.verdict ?? null,
    extracted: judgement?.extracted ?? null,
    rule: judgement?.rule ?? null,
    grader: judgement?.grader ?? null,
    reward: judgement?.earned?.reward ?? null,
    rewardName: judgement?.earned?.by ?? null,
    ...{ policy: answer.policyHash, cohort: answer.cohort, learnedIn: answer.learnedIn, events: answer.eventIds }
  }
}

interface Of {
  readonly run: string
  readonly step: number
  readonly test: string | null
}

export const rowFields = (rows: ReadonlyArray<AnswerRow>, of: Of): Readonly<Record<string, unknown>> => ({
  type: of.test === null ? "rollouts" : "answers",
  ...of,
  answers: rows
})
