/**
 * The join behind the table tokens: gradients wait for the rollouts and verdicts they were computed from.
 *
 * The three lie in different topics, so any of them may be read first. Gradients leave in the order of their partition,
 * because a table's highest offset must mean that everything below it is there. A batch's answers may be learned from in
 * several updates, so they are kept until a later batch is.
 */
import type { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import type { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import type { Origin } from "./block.ts"
import { historyError } from "./history-error.ts"
import type { JoinedGradient, JudgedRollout } from "./token-rows.ts"

/** What is known of one answer so far. */
interface Answer {
  rollout?: RolloutGenerated
  verdict?: RolloutGraded
}

interface Waiting {
  readonly origin: Origin
  readonly gradient: GradientComputed
}

const coordinatesOf = ({ promptId, sampleIndex }: { readonly promptId: string; readonly sampleIndex: number }) =>
  `${promptId}/${sampleIndex}`

export class TokenJoin {
  /** By the step that they were sampled in, then by coordinates. */
  readonly #answers = new Map<number, Map<string, Answer>>()
  /** In the order of their partition: a run has one. */
  readonly #waiting: Array<Waiting> = []
  /** The newest batch that a gradient has been read of. */
  #newest = 0
  /** Answers of batches before this one are needed no more. */
  #horizon = 0

  remember(event: RolloutGenerated | RolloutGraded): void {
    if (event.step < this.#horizon) return
    const answers = this.#answersOf(event.step)
    const coordinates = coordinatesOf(event)
    const answer = answers.get(coordinates) ?? {}
    if (event._tag === "RolloutGenerated") answer.rollout = event
    else answer.verdict = event
    answers.set(coordinates, answer)
  }

  /** Takes a gradient whose rows are still to be written. */
  offer(origin: Origin, gradient: GradientComputed): void {
    this.#waiting.push({ origin, gradient })
    this.pass(gradient)
  }

  /** Takes note of a gradient that needs no join: the critic's, or one whose rows are in the table already. */
  pass({ rolloutStep }: GradientComputed | CriticGradientComputed): void {
    this.#newest = Math.max(this.#newest, rolloutStep)
    this.#forget()
  }

  /** The gradients that can leave now. */
  ready(): ReadonlyArray<JoinedGradient> {
    const joined: Array<JoinedGradient> = []
    for (const { gradient, origin } of this.#waiting) {
      const rollouts = this.#rolloutsOf(gradient)
      if (rollouts === null) break
      joined.push({ origin, gradient, rollouts })
    }
    if (joined.length === 0) return joined
    this.#waiting.splice(0, joined.length)
    this.#forget()
    return joined
  }

  /** Answers remembered here. */
  get size(): number {
    let size = 0
    for (const answers of this.#answers.values()) size += answers.size
    return size
  }

  /** What the first of the waiting gradients waits for, in words. */
  missing(): ReadonlyArray<string> {
    return this.#waiting.slice(0, 1).map(({ gradient }) => {
      const answers = this.#answers.get(gradient.rolloutStep)
      const absent = gradient.rollouts.filter((rollout) => {
        const answer = answers?.get(coordinatesOf(rollout))
        return answer?.rollout === undefined || answer.verdict === undefined
      })
      return `${absent.length} rollouts or verdicts of ${gradient.eventId}, the first of them ${coordinatesOf(absent[0])}`
    })
  }

  #answersOf(step: number): Map<string, Answer> {
    const known = this.#answers.get(step) ?? new Map<string, Answer>()
    this.#answers.set(step, known)
    return known
  }

  /**
   * Forgets the answers that no gradient can ask for any more. A batch is sampled once the updates of the one before are
   * made, so behind a batch's first gradient there are none of earlier batches but those that still wait.
   */
  #forget(): void {
    const oldest = this.#waiting[0]?.gradient.rolloutStep ?? this.#newest
    if (oldest <= this.#horizon) return
    this.#horizon = oldest
    for (const step of this.#answers.keys()) if (step < oldest) this.#answers.delete(step)
  }

  /** A gradient's rollouts in packed order; null while one is missing. Throws if they do not fit it. */
  #rolloutsOf(gradient: GradientComputed): ReadonlyArray<JudgedRollout> | null {
    const answers = this.#answers.get(gradient.rolloutStep)
    const rollouts: Array<JudgedRollout> = []
    for (const packed of gradient.rollouts) {
      const { rollout, verdict } = answers?.get(coordinatesOf(packed)) ?? {}
      if (rollout === undefined || verdict === undefined) return null
      if (rollout.tokens.length !== packed.length || rollout.logProbs.length !== packed.length)
        throw historyError(
          "incomplete",
          gradient.eventId,
          `it counts ${packed.length} tokens in rollout ${rollout.eventId}, which has ${rollout.tokens.length}`
        )
      rollouts.push({ rollout, reward: verdict.reward })
    }
    const tokens = gradient.rollouts.reduce((sum, { length }) => sum + length, 0)
    const { advantages, entropies, logProbs, referenceLogProbs } = gradient
    const fits =
      (advantages.length === tokens || advantages.length === rollouts.length) &&
      entropies.length === tokens &&
      logProbs.length === tokens &&
      (referenceLogProbs.length === tokens || referenceLogProbs.length === 0)
    if (!fits) throw historyError("incomplete", gradient.eventId, "its arrays do not fit its rollouts")
    return rollouts
  }
}
