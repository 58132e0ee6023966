/**
 * Artifacts: weights, gradients, packed batches and sheets of problems by what they are — the SHA-256 of their bytes.
 *
 * What is stored under a hash never changes, so a hash in an event is the thing itself. The bytes are safetensors.
 */
import { Context, type Effect, Schema } from "effect"

/** 64 lower-case hexadecimal digits. */
export type Sha256 = string

/** An artifact is missing, or its bytes are not what its name says. */
export class ArtifactUnreadable extends Schema.TaggedError<ArtifactUnreadable>()("ArtifactUnreadable", {
  hash: Schema.String,
  place: Schema.String,
  reason: Schema.Literals(["missing", "hash-mismatch", "bad-name", "io"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `artifact ${this.hash} at ${this.place} cannot be used (${this.reason}): ${this.detail}`
  }
}

/** An artifact could not be written; nothing half-written stays behind. */
export class ArtifactUnwritable extends Schema.TaggedError<ArtifactUnwritable>()("ArtifactUnwritable", {
  place: Schema.String,
  reason: Schema.Literals(["full", "not-writable", "io"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot write an artifact at ${this.place} (${this.reason}): ${this.detail}`
  }
}

export class Artifacts extends Context.Service<
  Artifacts,
  {
    /** Stores bytes and returns their SHA-256; a second store of the same bytes does nothing. Durable once it returns. */
    readonly store: (bytes: Uint8Array) => Effect.Effect<Sha256, ArtifactUnwritable>
    /** Reads the bytes of a hash, checked on the way. */
    readonly load: (hash: Sha256) => Effect.Effect<Uint8Array, ArtifactUnreadable>
    /** Fails only where that cannot be known: a store that others share may not answer. */
    readonly has: (hash: Sha256) => Effect.Effect<boolean, ArtifactUnreadable>
    /**
     * Removes the bytes of a hash; true where they are gone. What was stored when it was there already, as far as this
     * layer has seen, may be wanted by two and stays. Who removes must know that nobody else names it.
     */
    readonly remove: (hash: Sha256) => Effect.Effect<boolean, ArtifactUnwritable>
  }
>()("onefold/learning/Artifacts") {}
