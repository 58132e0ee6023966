/**
 * The join behind the table tokens: gradients wait for the rollouts and verdicts they were computed from.
 *
 * The three lie in different topics, so any of them may be read first. Gradients leave in the order of their partition,
 * because a table's highest offset must mean that everything below it is there.
 */
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

interface Step {
  readonly answers: Map<string, Answer>
  shardsDone: number
}

interface Waiting {
  readonly origin: Origin
  readonly gradient: GradientComputed
}

const coordinatesOf = ({ promptId, sampleIndex }: { readonly promptId: string; readonly sampleIndex: number }) =>
  `${promptId}/${sampleIndex}`

export class TokenJoin {
  readonly #steps = new Map<number, Step>()
  /** Steps all of whose shards have left: nothing of them is needed any more. */
  readonly #done = new Set<number>()
  /** By partition, in order. */
  readonly #waiting = new Map<string, Array<Waiting>>()

  remember(event: RolloutGenerated | RolloutGraded): void {
    if (this.#done.has(event.step)) return
    const { answers } = this.#step(event.step)
    const coordinates = coordinatesOf(event)
    const answer = answers.get(coordinates) ?? {}
    if (event._tag === "RolloutGenerated") answer.rollout = event
    else answer.verdict = event
    answers.set(coordinates, answer)
  }

  /** Takes a gradient whose rows are still to be written. */
  offer(origin: Origin, gradient: GradientComputed): void {
    const place = `${origin.topic}/${origin.partition}`
    const queue = this.#waiting.get(place) ?? []
    queue.push({ origin, gradient })
    this.#waiting.set(place, queue)
  }

  /** Takes note of a gradient whose rows are in the table already. */
  pass({ shards, step }: GradientComputed): void {
    const entry = this.#step(step)
    entry.shardsDone++
    if (entry.shardsDone < shards) return
    this.#steps.delete(step)
    this.#done.add(step)
  }

  /** The gradients that can leave now. */
  ready(): ReadonlyArray<JoinedGradient> {
    const joined: Array<JoinedGradient> = []
    for (const queue of this.#waiting.values())
      while (queue.length > 0) {
        const { gradient, origin } = queue[0]
        const rollouts = this.#rolloutsOf(gradient)
        if (rollouts === null) break
        queue.shift()
        joined.push({ origin, gradient, rollouts })
        this.pass(gradient)
      }
    return joined
  }

  /** What the waiting gradients wait for, in words. */
  missing(): ReadonlyArray<string> {
    return [...this.#waiting.values()].flatMap((queue) =>
      queue.slice(0, 1).map(({ gradient }) => {
        const { answers } = this.#step(gradient.step)
        const absent = gradient.rollouts.filter((rollout) => {
          const answer = answers.get(coordinatesOf(rollout))
          return answer?.rollout === undefined || answer.verdict === undefined
        })
        return `${absent.length} rollouts or verdicts of ${gradient.eventId}, the first of them ${coordinatesOf(absent[0])}`
      })
    )
  }

  #step(step: number): Step {
    const known = this.#steps.get(step) ?? { answers: new Map<string, Answer>(), shardsDone: 0 }
    this.#steps.set(step, known)
    return known
  }

  /** A gradient's rollouts in packed order; null while one is missing. Throws if they do not fit it. */
  #rolloutsOf(gradient: GradientComputed): ReadonlyArray<JudgedRollout> | null {
    const { answers } = this.#step(gradient.step)
    const rollouts: Array<JudgedRollout> = []
    for (const packed of gradient.rollouts) {
      const { rollout, verdict } = answers.get(coordinatesOf(packed)) ?? {}
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
      advantages.length === rollouts.length &&
      entropies.length === tokens &&
      logProbs.length === tokens &&
      (referenceLogProbs.length === tokens || referenceLogProbs.length === 0)
    if (!fits) throw historyError("incomplete", gradient.eventId, "its arrays do not fit its rollouts")
    return rollouts
  }
}
