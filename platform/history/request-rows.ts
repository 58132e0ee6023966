/**
 * Rows about work that was asked for: rollouts, evaluations, scores and gradients.
 */
import type { CriticGradientRequested } from "../../schemas/critic-gradient-requested.ts"
import type { EvaluationRequested } from "../../schemas/evaluation-requested.ts"
import type { GradientRequested } from "../../schemas/gradient-requested.ts"
import type { RolloutRequested } from "../../schemas/rollout-requested.ts"
import type { ScoresRequested } from "../../schemas/scores-requested.ts"
import { type Block, type Origin, OriginColumns } from "./block.ts"
import { maybeFloat64, maybeUint32, maybeUint64, texts, uint32, uint32s, word } from "./columns.ts"

/** What a request may say; what it does not say stays empty or null. */
interface Asked {
  readonly kind: "rollouts" | "evaluation" | "scores" | "gradient" | "critic-gradient"
  readonly part: number
  readonly parts?: number
  readonly rolloutStep?: number
  readonly protocol?: string
  readonly temperature?: number
  readonly prompts?: ReadonlyArray<{
    readonly promptId: string
    readonly firstSample: number
    readonly samples: number
  }>
  readonly policy?: string | null
  readonly reference?: string | null
  readonly critic?: string | null
  readonly batchTokens?: number
  readonly shard?: ScoresRequested | GradientRequested | CriticGradientRequested
}

export type RequestEvent =
  | RolloutRequested
  | EvaluationRequested
  | ScoresRequested
  | GradientRequested
  | CriticGradientRequested

const askedOf = (event: RequestEvent): Asked => {
  switch (event._tag) {
    case "RolloutRequested":
      return { kind: "rollouts", part: event.cohort, policy: event.policyHash, prompts: event.prompts }
    case "EvaluationRequested": {
      const { cohort, cohorts, policyHash, problemIds, protocol, samplesPerProblem, temperature } = event
      const prompts = problemIds.map((promptId) => ({ promptId, firstSample: 0, samples: samplesPerProblem }))
      return { kind: "evaluation", part: cohort, parts: cohorts, policy: policyHash, protocol, temperature, prompts }
    }
    case "ScoresRequested": {
      const { criticHash, policyHash, referenceHash, shard, shards } = event
      const models = { policy: policyHash, reference: referenceHash, critic: criticHash }
      return { kind: "scores", part: shard, parts: shards, ...models, shard: event }
    }
    case "GradientRequested": {
      const { batchTokens, policyHash, referenceHash, rolloutStep, shard, shards } = event
      const models = { policy: policyHash, reference: referenceHash }
      return { kind: "gradient", part: shard, parts: shards, rolloutStep, ...models, batchTokens, shard: event }
    }
    case "CriticGradientRequested": {
      const { batchTokens, criticHash, rolloutStep, shard, shards } = event
      const place = { part: shard, parts: shards, rolloutStep }
      return { kind: "critic-gradient", ...place, critic: criticHash, batchTokens, shard: event }
    }
  }
}

export class RequestRows implements Block {
  readonly table = "requests"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    rollout_step: uint32(),
    kind: word(),
    part: uint32(),
    parts: maybeUint32(),
    policy: word(),
    protocol: word(),
    temperature: maybeFloat64(),
    prompts: texts(),
    first_samples: uint32s(),
    samples: uint32s(),
    rollouts: maybeUint32(),
    tokens: maybeUint64(),
    batch_tokens: maybeUint64(),
    reference: word(),
    critic: word(),
    packed: word()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: RequestEvent): void {
    const asked = askedOf(event)
    const { prompts = [], shard } = asked
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.rollout_step.push(asked.rolloutStep ?? event.step)
    own.kind.push(asked.kind)
    own.part.push(asked.part)
    own.parts.push(asked.parts ?? null)
    own.policy.push(asked.policy ?? "")
    own.protocol.push(asked.protocol ?? "")
    own.temperature.push(asked.temperature ?? null)
    own.prompts.push(prompts.map(({ promptId }) => promptId))
    own.first_samples.push(prompts.map(({ firstSample }) => firstSample))
    own.samples.push(prompts.map(({ samples }) => samples))
    own.rollouts.push(shard?.rollouts ?? null)
    own.tokens.push(shard?.tokens ?? null)
    own.batch_tokens.push(asked.batchTokens ?? null)
    own.reference.push(asked.reference ?? "")
    own.critic.push(asked.critic ?? "")
    own.packed.push(shard?.packedHash ?? "")
    this.rows++
  }
}
