/**
 * What was said of a cluster cannot be used as it stands: nothing has been connected to yet.
 */
import { Schema } from "effect"

/** `place` is the flag, the variable or the file. Neither it nor the rest ever repeats a secret. */
export class ClusterUnusable extends Schema.TaggedError<ClusterUnusable>()("ClusterUnusable", {
  place: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `${this.place}: ${this.detail}. ${this.next}`
  }
}

export const unusable = (place: string, detail: string, next: string): ClusterUnusable =>
  new ClusterUnusable({ place, detail, next })
