/**
 * What a grader and a reward are told of a rollout. The same when it is first judged and whenever it is judged again.
 */
import { answerIsBoxed } from "../../learning/grading/extract.ts"
import type { GradingMode } from "../../learning/grading/modes.ts"
import type { Grade, Submission } from "../../learning/grading/submission.ts"
import type { Answered } from "../../learning/rewards/rewards.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import type { Question } from "../runs.ts"

type Rollout = Pick<RolloutGenerated, "promptId" | "sampleIndex" | "step" | "stop" | "text" | "tokens">
type Asked = Pick<Question, "answer" | "id" | "text">

/** Whose verdicts a run's rewards go by. */
export const graderOf = ({ grader }: Pick<RunConfig, "grader">): GradingMode => grader ?? "exact"

/** In training our own grader looks in boxes only. `id` names it in warnings. */
export const submissionOf = (
  id: string,
  { text }: Pick<Rollout, "text">,
  { answer }: Asked,
  mode: GradingMode
): Submission => ({ id, text, reference: answer, mode })

/** All that a reward is told of an answer. */
export const answeredOf = (
  { promptId, sampleIndex, step, stop, text, tokens }: Rollout,
  question: Asked,
  grade: Pick<Grade, "extracted" | "verdict">,
  { prompts, seed }: Pick<RunConfig, "prompts" | "seed">
): Answered => {
  const trueAnswer = prompts.find((prompt) => prompt.promptId === promptId)?.trueAnswer
  const { answer, id, text: asked } = question
  return {
    text,
    extracted: grade.extracted,
    verdict: grade.verdict,
    boxed: answerIsBoxed(text),
    truncated: stop === "length",
    tokens: tokens.length,
    question: { id, text: asked, answer, ...(trueAnswer === undefined ? {} : { trueAnswer }) },
    coordinates: { seed, step, promptId, sampleIndex }
  }
}
