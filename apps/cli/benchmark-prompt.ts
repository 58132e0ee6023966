/**
 * A benchmark's problem as a model reads it under a protocol: the whole prompt, special tokens by name.
 */
import { Effect } from "effect"
import type { BenchmarkProblem } from "../../learning/datasets/benchmarks/benchmark.ts"
import type { ChatMessage } from "../../learning/policy/tokenizer/chat-template.ts"
import { choiceProblem } from "../../learning/protocols/choice-prompt.ts"
import { type Demonstration, renderPrompt } from "../../learning/protocols/prompt-template.ts"
import type { PromptForm } from "../../learning/protocols/protocol.ts"
import type { Base } from "./base.ts"
import { asChat, asLine, asText, type NotAskable } from "./notation.ts"

/** The problem with its choices, where it has any. */
export const questionOf = ({ choices, problem }: BenchmarkProblem): string =>
  choices === undefined ? problem : choiceProblem(problem, choices)

const turnsOf = (
  instruction: string,
  shown: ReadonlyArray<Demonstration>,
  problem: string
): ReadonlyArray<ChatMessage> => [
  ...shown.flatMap(
    (each): ReadonlyArray<ChatMessage> => [
      { role: "user", content: `${each.problem}${instruction}` },
      { role: "assistant", content: each.solution }
    ]
  ),
  { role: "user", content: `${problem}${instruction}` }
]

/** Writes prompts for a model. A template's text comes after the tokens that the model expects before any, once. */
export const promptWriter = (
  { folder, tokenizer }: Base,
  form: PromptForm,
  shown: ReadonlyArray<Demonstration>
): ((problem: string) => Effect.Effect<string, NotAskable>) => {
  switch (form.kind) {
    case "chat": {
      const chat = asChat(folder)
      return (problem) => chat({ messages: turnsOf(form.instruction, shown, problem) })
    }
    case "line": {
      const line = asLine(folder)
      return (problem) => line({ prompt: renderPrompt("none", problem, shown).replaceAll("\n\n", "\n") })
    }
    case "template": {
      const text = asText(folder, tokenizer)
      return Effect.fnUntraced(function* (problem) {
        const prompt = renderPrompt(form.template, problem, shown)
        const before = yield* text({ prompt: "" })
        return prompt.startsWith(before) ? prompt : `${before}${prompt}`
      })
    }
  }
}
