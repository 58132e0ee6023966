/**
 * Why a benchmark cannot be sat as asked. Each is said before a token is drawn.
 */
import { Schema } from "effect"

export class UnknownProtocol extends Schema.TaggedError<UnknownProtocol>()("UnknownProtocol", {
  name: Schema.String
}) {
  override get message(): string {
    return `there is no protocol "${this.name}". Known: paper, r1, greedy, and avg@K with K from 1 to 1024`
  }
}

export class SettingRefused extends Schema.TaggedError<SettingRefused>()("SettingRefused", {
  protocol: Schema.String,
  setting: Schema.Literals(["temperature", "topP", "samples", "maxTokens", "stop", "prompt", "grader"]),
  value: Schema.String,
  /** What is wrong with it, and what would be allowed. */
  detail: Schema.String
}) {
  override get message(): string {
    return `protocol ${this.protocol}, ${this.setting}=${this.value}: ${this.detail}`
  }
}

/** The model would have to be asked by its chat template, and has none. */
export class NoChatTemplate extends Schema.TaggedError<NoChatTemplate>()("NoChatTemplate", {
  protocol: Schema.String
}) {
  override get message(): string {
    return `protocol ${this.protocol} asks by the model's own chat template, and this model has none. Name another prompt, such as deepseek-math, or give the model's folder a chat template`
  }
}
