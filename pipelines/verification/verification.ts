/**
 * Verification: the whole log of one run checked, record by record, without computing anything of it anew.
 *
 * Records come topic by topic in the order of the catalogue, each partition in its order: what is asked for before what
 * answers it, the run's own story before all else. Of an event its id and two hashes are kept, so a log of a hundred
 * thousand events takes some tens of megabytes.
 */
import { runCancelledId, runFinishedId, type Sha256 } from "../../schemas/ids.ts"
import { artifactsNamed } from "./artifacts-named.ts"
import { CausesChecked } from "./causes-checked.ts"
import { missingOf } from "./completeness.ts"
import type { Fault, FaultKind, Findings, NamedArtifact, Place, Recorded } from "./findings.ts"
import { HashChain, startFaults } from "./hash-chain.ts"
import type { RunPlan } from "./plan.ts"
import { misplacementOf, strangerIn } from "./strangers.ts"

export class Verification {
  readonly #plan: RunPlan
  readonly #chain: HashChain
  readonly #causes: CausesChecked
  /** SHA-256 of each event's first record. */
  readonly #known = new Map<string, Sha256>()
  readonly #artifacts = new Map<Sha256, NamedArtifact>()
  readonly #faults: Array<Fault> = []
  readonly #deadLetters = new Set<string>()
  #records = 0
  #repeats = 0
  #latest = 0

  constructor(plan: RunPlan) {
    this.#plan = plan
    this.#chain = new HashChain(plan)
    this.#causes = new CausesChecked(plan, this.#known)
  }

  /** Takes a record of the run that holds no event that can be read, or one that names no run. */
  unreadable(place: Place, detail: string): void {
    this.#records++
    this.#fault("unreadable", null, place, detail)
  }

  /** Takes a record of the run. */
  take(recorded: Recorded): void {
    const { event, place, sha256 } = recorded
    const id = event.eventId
    this.#records++
    if (event._tag === "DeadLettered") {
      // Every stage that met the record set it aside.
      if (this.#deadLetters.has(id)) this.#repeats++
      this.#deadLetters.add(id)
      return
    }
    const first = this.#known.get(id)
    if (first === sha256) this.#repeats++
    else if (first !== undefined) {
      this.#fault("conflict", id, place, `it has sha256 ${sha256}, but the first record of this id has ${first}`)
    } else this.#takeFirst(recorded)
  }

  #takeFirst(recorded: Recorded): void {
    const { event, place, sha256 } = recorded
    const id = event.eventId
    this.#known.set(id, sha256)
    const misplaced = misplacementOf(recorded)
    if (misplaced !== null) this.#fault("misplaced", id, place, misplaced)
    const stranger = strangerIn(recorded, this.#plan)
    // What has no place in the run is held against nothing else of it.
    if (stranger === null) this.#takeNative(recorded)
    else this.#fault("stranger", id, place, stranger)
  }

  #takeNative(recorded: Recorded): void {
    const { event, place } = recorded
    const id = event.eventId
    const step = "step" in event ? event.step : 0
    // The critic may be a step ahead of the policy.
    this.#latest = Math.max(this.#latest, event._tag === "CriticUpdated" ? step - 1 : step)
    if (event._tag === "RunStarted")
      for (const detail of startFaults(event, this.#plan)) this.#fault("config", id, place, detail)
    for (const detail of this.#chain.take(event)) this.#fault("hash", id, place, detail)
    this.#faults.push(...this.#causes.take(recorded))
    for (const { hash, what } of artifactsNamed(event, this.#plan))
      if (!this.#artifacts.has(hash)) this.#artifacts.set(hash, { hash, what, step, id, place })
  }

  /** What all records together come to. Call it once, after the last of them. */
  end(): Findings {
    const has = (id: string): boolean => this.#known.has(id)
    const { due, pending } = missingOf(this.#plan, { has, latest: this.#latest })
    for (const { id, what } of due) this.#fault("missing", id, null, `the log has no record of it, among its ${what}`)
    this.#faults.push(...this.#causes.end())
    return {
      records: this.#records,
      events: this.#known.size,
      repeats: this.#repeats,
      deadLetters: this.#deadLetters.size,
      isFinished: has(runFinishedId(this.#plan.runId)),
      isCancelled: has(runCancelledId(this.#plan.runId)),
      faults: this.#faults,
      pending,
      artifacts: this.#artifacts
    }
  }

  #fault(kind: FaultKind, id: string | null, place: Place | null, detail: string): void {
    this.#faults.push({ kind, id, place, detail })
  }
}
