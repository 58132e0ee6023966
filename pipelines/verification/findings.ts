/**
 * What the check of a whole run finds: faults, what is not there yet, and the artifacts that are to be looked at.
 */
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { Sha256 } from "../../schemas/ids.ts"

/** A place in the log. */
export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** An event as it was found: what it says, where it lies, and the SHA-256 of its record's value. */
export interface Recorded {
  readonly event: OnefoldEvent
  readonly place: Place
  readonly sha256: Sha256
}

/** What can be wrong with a run. docs/replay.md says what each means. */
export const faultKinds = [
  "unreadable",
  "config",
  "conflict",
  "misplaced",
  "stranger",
  "cause",
  "hash",
  "missing",
  "artifact"
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Fault {
  readonly kind: FaultKind
  /** The event or artifact it was found at; null where nothing can be named. */
  readonly id: string | null
  /** Null where the fault is that something does not lie in the log. */
  readonly place: Place | null
  /** What was found, and what was expected. */
  readonly detail: string
}

/** Something of the run that is still to come. */
export interface Pending {
  readonly what: string
  readonly count: number
  /** The first of them by its event id. */
  readonly first: string
}

export const artifactKinds = ["base", "policy", "critic", "snapshot", "gradient", "packed", "sheet"] as const
export type ArtifactKind = (typeof artifactKinds)[number]

/** An artifact, and the event that names it first. */
export interface NamedArtifact {
  readonly hash: Sha256
  readonly what: ArtifactKind
  /** The step whose work it is: 0 for what a run begins with. */
  readonly step: number
  readonly id: string
  readonly place: Place
}

export interface Findings {
  /** Records of the run that were read. */
  readonly records: number
  /** Different events among them. */
  readonly events: number
  /** Records that say again what an earlier one says, byte for byte. */
  readonly repeats: number
  readonly deadLetters: number
  readonly isFinished: boolean
  readonly isCancelled: boolean
  readonly faults: ReadonlyArray<Fault>
  /** Empty in a finished run, where what is missing is a fault, and in a cancelled one, where nothing more is to come. */
  readonly pending: ReadonlyArray<Pending>
  /** By hash. */
  readonly artifacts: ReadonlyMap<Sha256, NamedArtifact>
}
