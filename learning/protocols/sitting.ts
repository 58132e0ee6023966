/**
 * How a benchmark is sat: what the model is asked, how it answers, who grades.
 */

export interface Decoding {
  /** 0 is greedy. */
  readonly temperature: number
  readonly topP: number
  /** Answers to each problem. */
  readonly samples: number
  /** New tokens of one answer. */
  readonly maxTokens: number
  /** Texts that end an answer, beside the model's own ends; where one is a special token of the model, that token does. */
  readonly stop: ReadonlyArray<string>
}

export type PromptForm =
  /** Literal text (prompt-template.ts); special tokens within are special. */
  | { readonly kind: "template"; readonly template: string }
  /** The model's own chat template, one turn of the user: the problem and the instruction. */
  | { readonly kind: "chat"; readonly instruction: string }
  /** The problem as it is, a newline at its end: what the miniature knows. */
  | { readonly kind: "line" }

export interface Sitting {
  readonly prompt: PromptForm
  readonly decoding: Decoding
  readonly grader: "exact" | "deepscaler" | "qwen"
}

export interface ProtocolRequest {
  readonly protocol: string
  readonly set: {
    readonly name: string
    readonly kind: "math" | "choice" | "miniature"
    /** Of the whole set, however few of them are asked. */
    readonly problems: number
  }
  readonly model: {
    /** Whether it is a miniature, which knows problems as lines and has room for 128 tokens. */
    readonly miniature: boolean
    /** Whether it has a chat template. */
    readonly chat: boolean
  }
  /** `prompt` is the name of a template, or `chat`, or `line`. */
  readonly overrides: Partial<Decoding & { readonly prompt: string; readonly grader: string }>
}
