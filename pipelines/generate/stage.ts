/**
 * generate: RolloutRequested -> RolloutGenerated
 *
 * Policy k answers. A cohort is sampled together and its rollouts are appended in one act: a cohort that was cut short
 * is sampled again, whole, and gives the same bits, because every draw is named by its coordinates.
 */
import { Effect } from "effect"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { causeOf, type Delivered, type Stage } from "../../platform/stream/stage.ts"
import { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutRequested } from "../../schemas/rollout-requested.ts"
import { Runs, UnknownQuestion } from "../runs.ts"

/** Training rollouts draw from a stream of randomness of their own. */
export const rolloutStream = 1

/** One cohort for each engine worker: what a kill may cost. */
const cohortsAtOnce = 2

const answer = Effect.fn("generate.answer")(function* (delivered: Delivered<RolloutRequested>) {
  const { cohort, policyHash, prompts, runId, step } = delivered.event
  const run = yield* (yield* Runs).of(runId)
  const engine = yield* PolicyEngine
  const requests = yield* Effect.forEach(prompts, ({ firstSample, promptId, samples }) => {
    const question = run.question(promptId)
    return question === undefined
      ? Effect.fail(new UnknownQuestion({ runId, id: promptId }))
      : Effect.succeed({ promptId, tokens: question.tokens, firstSample, samples })
  })
  const generated = yield* engine.generate({
    weights: policyHash,
    prompts: requests,
    temperature: run.config.temperature,
    maxTokens: run.config.maxTokens,
    ...(run.config.slots === undefined ? {} : { slots: run.config.slots }),
    seed: run.config.seed,
    stream: rolloutStream,
    step
  })
  return generated.map(
    (sample) =>
      new RolloutGenerated({
        runId,
        step,
        causes: [causeOf(delivered)],
        cohort,
        promptId: sample.promptId,
        sampleIndex: sample.sampleIndex,
        policyHash,
        tokens: sample.tokens,
        logProbs: sample.logProbs,
        entropies: sample.entropies,
        text: run.tokenizer.decode(sample.tokens),
        stop: sample.stop
      })
  )
})

export const generate = {
  name: "generate",
  consumes: ["RolloutRequested"],
  maxBatch: cohortsAtOnce,
  handle: (requests: ReadonlyArray<Delivered<RolloutRequested>>) =>
    Effect.forEach(requests, answer, { concurrency: "unbounded" }).pipe(Effect.map((cohorts) => cohorts.flat()))
} satisfies Stage<"RolloutRequested", unknown, PolicyEngine | Runs>
