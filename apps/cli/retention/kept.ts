/**
 * Which artifacts of a run nobody needs any more, by what it keeps. Pure: events in, hashes out.
 *
 * A resume folds again from a snapshot that the fold's own stage has taken note of, for good; so gradients stay until
 * the next such snapshot. Packed shards and weights are read by a step's stages only, which have all committed by then;
 * but a test of an early policy may end late.
 */
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import type { Sha256 } from "../../../schemas/ids.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { collectHashes } from "./named-hashes.ts"

/** What of a run its artifacts' fate follows from, beside its events. */
export interface Keeper {
  readonly config: RunConfig
  readonly baseHash: Sha256
  /** The tests that the policy of this step sits. */
  readonly testsAt: (step: number) => ReadonlyArray<{ readonly name: string }>
}

/** Which snapshots the stages know for good, by the number of updates; a run that is over needs none. */
export interface Known {
  readonly policy: number
  readonly critic: number
}

type Step = number

const add = (to: Map<Step, Set<string>>, step: Step, ...hashes: ReadonlyArray<string>): void => {
  const known = to.get(step) ?? new Set()
  to.set(step, known)
  for (const hash of hashes) known.add(hash)
}

/** What a run begins with: its base, adapter, critic, sheets, and what it takes over where it forks another. */
const begunWith = ({ baseHash, config }: Keeper): ReadonlySet<string> => {
  const named = new Set([baseHash])
  collectHashes(config, named)
  return named
}

export class Kept {
  readonly #run: Keeper
  /** An update that changes nothing makes the very weights that the run begins with. */
  readonly #begunWith: ReadonlySet<string>
  readonly #policyGradients = new Map<Step, Set<string>>()
  readonly #criticGradients = new Map<Step, Set<string>>()
  readonly #packed = new Map<Step, Set<string>>()
  /** Weights by number of updates, of policy and critic. */
  readonly #weights = new Map<Step, Set<string>>()
  readonly #snapshots = new Set<Step>()
  readonly #evaluated = new Set<string>()

  constructor(run: Keeper) {
    this.#run = run
    this.#begunWith = begunWith(run)
  }

  take(event: OnefoldEvent): void {
    switch (event._tag) {
      case "GradientComputed":
      case "CriticGradientComputed": {
        const gradients = event._tag === "GradientComputed" ? this.#policyGradients : this.#criticGradients
        add(gradients, event.step, event.gradientHash)
        add(this.#packed, event.step, event.packedHash)
        break
      }
      // What is asked for may be there under a hash that an earlier step had, and is not computed yet.
      case "GradientRequested":
      case "CriticGradientRequested":
      case "ScoresRequested":
      case "ScoresComputed":
        add(this.#packed, event.step, event.packedHash)
        break
      case "PolicyUpdated":
      case "CriticUpdated":
        add(this.#weights, event.step, event._tag === "PolicyUpdated" ? event.policyHash : event.criticHash)
        if (event.snapshotHash !== null) this.#snapshots.add(event.step)
        break
      case "EvaluationCompleted":
        this.#evaluated.add(`${event.step}/${event.protocol}`)
    }
  }

  #isSat(step: Step): boolean {
    return this.#run.testsAt(step).every(({ name }) => this.#evaluated.has(`${step}/${name}`))
  }

  /** Weights that may go: between two snapshots, used by their step and sat by every test. */
  #mayGo(step: Step, before: Step): boolean {
    if (this.#run.config.keep !== "snapshots" || step >= before || this.#snapshots.has(step)) return false
    return this.#isSat(step)
  }

  /** What nobody needs, and nothing that a later step names too. */
  removable({ critic, policy }: Known): ReadonlySet<string> {
    const { keep } = this.#run.config
    const going = new Set<string>()
    const staying = new Set<string>()
    const part = (of: ReadonlyMap<Step, ReadonlySet<string>>, mayGo: (step: Step) => boolean): void => {
      for (const [step, hashes] of of) for (const hash of hashes) (mayGo(step) ? going : staying).add(hash)
    }
    if (keep === undefined || keep === "gradients") return going
    const both = Math.min(policy, critic)
    part(this.#policyGradients, (step) => step < policy)
    part(this.#criticGradients, (step) => step < critic)
    part(this.#packed, (step) => step < both)
    part(this.#weights, (step) => this.#mayGo(step, both))
    return new Set([...going].filter((hash) => !staying.has(hash) && !this.#begunWith.has(hash)))
  }
}
