/**
 * The causes that events name, held against the records that they name: the right ones, there, with the bytes they had.
 *
 * What is remembered of an event is its id and its hash. A cause whose record has not been read yet, and every digest of
 * many, waits until all is read.
 */
import type { Sha256 } from "../../schemas/ids.ts"
import { causesDigest } from "../causes.ts"
import { type ExpectedCause, expectedCauses } from "./expected-causes.ts"
import type { Fault, Place, Recorded } from "./findings.ts"
import type { RunPlan } from "./plan.ts"

/** A claim that a cause had this hash. */
interface Claim {
  readonly id: string
  readonly place: Place
  readonly sha256: Sha256
  readonly cause: ExpectedCause
}

const fault = ({ id, place }: Pick<Claim, "id" | "place">, detail: string): Fault => ({
  kind: "cause",
  id,
  place,
  detail
})

const listed = (ids: ReadonlyArray<string>): string => (ids.length === 0 ? "none" : ids.join(", "))

export class CausesChecked {
  readonly #plan: RunPlan
  /** SHA-256 of every event's first record, by id. */
  readonly #known: ReadonlyMap<string, Sha256>
  /** Once each, however many events claim the same. */
  readonly #waiting = new Map<string, Claim>()

  constructor(plan: RunPlan, known: ReadonlyMap<string, Sha256>) {
    this.#plan = plan
    this.#known = known
  }

  take({ event, place }: Recorded): ReadonlyArray<Fault> {
    if (event._tag === "DeadLettered") return []
    const expected = expectedCauses(event, this.#plan)
    const id = event.eventId
    if (event.causes.map((cause) => cause.id).join("\n") !== expected.map((cause) => cause.id).join("\n")) {
      const named = listed(event.causes.map((cause) => cause.id))
      return [fault({ id, place }, `it names as causes ${named}; expected ${listed(expected.map((each) => each.id))}`)]
    }
    return event.causes.flatMap(({ sha256 }, i) => {
      const claim = { id, place, sha256, cause: expected[i] }
      if (claim.cause.members === null && this.#known.has(claim.cause.id)) return this.#checked(claim)
      const key = `${claim.cause.id} ${sha256}`
      if (!this.#waiting.has(key)) this.#waiting.set(key, claim)
      return []
    })
  }

  /** What had to wait until every record was read. */
  end(): ReadonlyArray<Fault> {
    return [...this.#waiting.values()].flatMap((claim) => this.#checked(claim))
  }

  #checked(claim: Claim): ReadonlyArray<Fault> {
    const { cause, sha256 } = claim
    if (cause.members !== null) return this.#digestChecked(claim, cause.members())
    const known = this.#known.get(cause.id)
    if (known === undefined) return [fault(claim, `it follows from ${cause.id}, of which the log has no record`)]
    if (known === sha256) return []
    return [fault(claim, `it follows from ${cause.id} with sha256 ${sha256}, but that record has ${known}`)]
  }

  #digestChecked(claim: Claim, ids: ReadonlyArray<string>): ReadonlyArray<Fault> {
    const members = ids.flatMap((id) => {
      const sha256 = this.#known.get(id)
      return sha256 === undefined ? [] : [{ id, sha256 }]
    })
    const { cause, sha256 } = claim
    const absent = ids.find((id) => !this.#known.has(id))
    if (absent !== undefined)
      return [
        fault(
          claim,
          `it follows from ${ids.length} records, of which ${ids.length - members.length} are not in the log, the first ${absent}`
        )
      ]
    // The problems of a test whose sheet is damaged.
    if (ids.length === 0) return []
    const actual = causesDigest(cause.id, members).sha256
    if (actual === sha256) return []
    const those = `the ${ids.length} records from ${ids[0]} to ${ids[ids.length - 1]}`
    return [fault(claim, `it follows from ${those} with digest ${sha256}, but they have ${actual}: one was altered`)]
  }
}
