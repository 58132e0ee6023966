/**
 * Why a reward cannot be used. Each is said before a run starts.
 */
import { Schema } from "effect"
import { rewardNames } from "./registry.ts"

export class UnknownReward extends Schema.TaggedError<UnknownReward>()("UnknownReward", {
  name: Schema.String,
  /** The nearest one; empty where nobody looked. */
  suggestion: Schema.String
}) {
  override get message(): string {
    const meant = this.suggestion === "" ? "" : `; did you mean "${this.suggestion}"?`
    const known = `Known: ${rewardNames.join(", ")}, or a file of your own (.ts, .mts, .js or .mjs)`
    return `there is no reward "${this.name}"${meant === "" ? "." : meant} ${known}`
  }
}

export class RewardParameterRefused extends Schema.TaggedError<RewardParameterRefused>()("RewardParameterRefused", {
  reward: Schema.String,
  parameter: Schema.String,
  value: Schema.String,
  /** What is wrong with it, and what would be allowed. */
  detail: Schema.String
}) {
  override get message(): string {
    return `reward ${this.reward}, ${this.parameter}=${this.value}: ${this.detail}`
  }
}

export class RewardFileUnusable extends Schema.TaggedError<RewardFileUnusable>()("RewardFileUnusable", {
  path: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `reward file ${this.path}: ${this.detail}. ${this.next}`
  }
}

/** The bytes of the file are not those that the run was started with. */
export class RewardFileChanged extends Schema.TaggedError<RewardFileChanged>()("RewardFileChanged", {
  path: Schema.String,
  recorded: Schema.String,
  found: Schema.String
}) {
  override get message(): string {
    const hashes = `its SHA-256 was ${this.recorded.slice(0, 12)}… and is ${this.found.slice(0, 12)}…`
    return `reward file ${this.path}: it has changed since the run was started, ${hashes}. Put it back as it was, or start a new run`
  }
}
