/**
 * The hashes that events name, held against those that the run's story gives: each update begins with the weights that the
 * one before made, and all that is sampled or computed at a step comes from that step's weights.
 *
 * The story comes first (topic runs, in its order), requests before what answers them: the order of the catalogue's topics.
 */
import { createHash } from "node:crypto"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import type { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { Sha256 } from "../../schemas/ids.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import type { RunPlan } from "./plan.ts"

/** Weights of one kind: what each step has, and the gradients that each update was made of. */
class Weights {
  readonly #what: "policy" | "critic"
  readonly #hashes = new Map<number, Sha256>()
  readonly #gradients = new Map<number, ReadonlyArray<Sha256>>()

  constructor(what: "policy" | "critic", firstStep: number, first: Sha256 | null) {
    this.#what = what
    if (first !== null) this.#hashes.set(firstStep, first)
  }

  /** Null where they are, or where the step's weights are not known, which is a fault of its own. */
  wrong(step: number, hash: Sha256 | null): string | null {
    const known = this.#hashes.get(step)
    if (hash === null || known === undefined || known === hash) return null
    return `it names ${this.#what} ${hash}, but that of step ${step} is ${known}`
  }

  update(step: number, previous: Sha256, hash: Sha256, gradients: ReadonlyArray<Sha256>, expected: number) {
    this.#hashes.set(step, hash)
    this.#gradients.set(step, gradients)
    const count =
      gradients.length === expected ? null : `it is made of ${gradients.length} gradients; expected ${expected}`
    return [this.wrong(step - 1, previous), count]
  }

  /** Whether the update that takes weights of this step further was made of this gradient. */
  wrongGradient(step: number, shard: number, hash: Sha256): string | null {
    const known = this.#gradients.get(step + 1)?.[shard]
    if (known === undefined || known === hash) return null
    return `it names gradient ${hash}, but ${this.#what} ${step + 1} was made of ${known}`
  }
}

const sha256 = (text: string): Sha256 => createHash("sha256").update(text).digest("hex")

/** What is wrong with how a run begins, in words. */
export const startFaults = ({ config, configHash, dataHash }: RunStarted, plan: RunPlan): ReadonlyArray<string> => {
  const actual = sha256(config)
  return [
    ...(actual === configHash ? [] : [`its configHash is ${configHash}, but its configuration has ${actual}`]),
    ...(plan.dataHash === dataHash
      ? []
      : [`its dataHash is ${dataHash}, but its prompts and problems have ${plan.dataHash}`])
  ]
}

export class HashChain {
  readonly #plan: RunPlan
  readonly #policy: Weights
  readonly #critic: Weights
  /** The packed shard that was asked about, by the id of the request. */
  readonly #packed = new Map<string, Sha256>()

  constructor(plan: RunPlan) {
    this.#plan = plan
    this.#policy = new Weights("policy", plan.firstStep, plan.firstPolicy)
    this.#critic = new Weights("critic", plan.firstStep, plan.firstCritic)
  }

  /** What hashes of an event are not those of its run, in words. Takes each event once, the first record of its id. */
  take(event: OnefoldEvent): ReadonlyArray<string> {
    return this.#wrong(event).filter((each) => each !== null)
  }

  #wrong(event: OnefoldEvent): ReadonlyArray<string | null> {
    const { config, isCriticWarmUp } = this.#plan
    switch (event._tag) {
      case "PolicyUpdated": {
        const { gradientHashes, policyHash, previousPolicyHash, step } = event
        const shards = isCriticWarmUp(step - 1) ? 0 : config.shards
        return this.#policy.update(step, previousPolicyHash, policyHash, gradientHashes, shards)
      }
      case "CriticUpdated": {
        const { criticHash, gradientHashes, previousCriticHash, step } = event
        return this.#critic.update(step, previousCriticHash, criticHash, gradientHashes, config.shards)
      }
      case "RunFinished":
        return [
          event.steps === config.steps ? null : `it ends after ${event.steps} updates; expected ${config.steps}`,
          this.#policy.wrong(event.steps, event.policyHash)
        ]
      case "RolloutRequested":
      case "RolloutGenerated":
      case "EvaluationRequested":
      case "EvaluationSampled":
      case "EvaluationCompleted":
        return [this.#policy.wrong(event.step, event.policyHash)]
      case "ScoresRequested":
        this.#packed.set(event.eventId, event.packedHash)
        return [
          this.#policy.wrong(event.step, event.policyHash),
          this.#wrongReference(event.referenceHash),
          this.#critic.wrong(event.step, event.criticHash)
        ]
      case "ScoresComputed":
        return [this.#wrongPacked(event)]
      case "GradientRequested":
        this.#packed.set(event.eventId, event.packedHash)
        return [this.#policy.wrong(event.step, event.policyHash), this.#wrongReference(event.referenceHash)]
      case "CriticGradientRequested":
        this.#packed.set(event.eventId, event.packedHash)
        return [this.#critic.wrong(event.step, event.criticHash)]
      case "GradientComputed":
        return [this.#policy.wrong(event.step, event.policyHash), ...this.#computed(event, this.#policy)]
      case "CriticGradientComputed":
        return [this.#critic.wrong(event.step, event.criticHash), ...this.#computed(event, this.#critic)]
      default:
        return []
    }
  }

  #computed(event: GradientComputed | CriticGradientComputed, weights: Weights): ReadonlyArray<string | null> {
    return [weights.wrongGradient(event.step, event.shard, event.gradientHash), this.#wrongPacked(event)]
  }

  #wrongReference(hash: Sha256 | null): string | null {
    const { reference } = this.#plan
    return hash === null || hash === reference
      ? null
      : `it names reference ${hash}, but that of the run is ${reference}`
  }

  /** Whether a shard was computed from what its request, the first of its causes, asked about. */
  #wrongPacked({ causes, packedHash }: Extract<OnefoldEvent, { readonly packedHash: Sha256 }>): string | null {
    const asked = this.#packed.get(causes[0]?.id ?? "")
    if (asked === undefined || asked === packedHash) return null
    return `it was computed from packed shard ${packedHash}, but ${causes[0].id} asked about ${asked}`
  }
}
