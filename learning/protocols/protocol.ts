/**
 * Protocols by name: how the literature sits a benchmark, and two of our own. docs/evaluation.md has them as a table, with
 * their sources.
 *
 *   paper   1-shot RLVR's own scores (arXiv 2504.20571): Qwen2.5-Math's evaluation with the settings of its scripts
 *   r1      its scores of reasoning models, after DeepSeek-R1 and DeepScaleR
 *   greedy  one answer of the likeliest tokens, by our own grader
 *   avg@K   the same with K answers at temperature 0.6
 */
import { Effect } from "effect"
import { checkOverrides, decodingOf, graderOf, mostSamples, ownChat, promptOf } from "./overrides.ts"
import { NoChatTemplate, UnknownProtocol } from "./protocol-errors.ts"
import type { Decoding, PromptForm, ProtocolRequest, Sitting } from "./sitting.ts"
import { stopWordsOf } from "./stop-words.ts"

export type { Decoding, PromptForm, ProtocolRequest, Sitting } from "./sitting.ts"

/** The last one is a pattern: K is a whole number from 1 to 1024. */
export const protocolNames: ReadonlyArray<string> = ["paper", "r1", "greedy", "avg@K"]

/** What a protocol itself settles; where answers end follows from the prompt. */
interface Plan extends Omit<Sitting, "decoding"> {
  readonly decoding: Omit<Decoding, "stop">
}

type Sat = Pick<ProtocolRequest, "set" | "model">

const greedily = { temperature: 0, topP: 1, samples: 1 } as const

/** The paper's temperature, in training too. */
const warm = 0.6

/** Whose answers the paper averages over 8 samples, because they have few problems. */
const averaged: ReadonlySet<string> = new Set(["aime24", "aime25", "amc23"])

const paper = ({ set }: Sat): Plan => ({
  prompt: { kind: "template", template: "qwen25-math-cot" },
  decoding: {
    ...(set.kind === "math" && averaged.has(set.name) ? { temperature: warm, topP: 1, samples: 8 } : greedily),
    maxTokens: 3072
  },
  grader: "qwen"
})

/** Sets of up to so many problems have 64 answers to each, larger ones 16: AIME has 30 and AMC 40, Minerva 272. */
const fewProblems = 100

const r1 = ({ set }: Sat): Plan => ({
  prompt: ownChat,
  decoding: { temperature: warm, topP: 0.95, samples: set.problems <= fewProblems ? 64 : 16, maxTokens: 32_768 },
  grader: "deepscaler"
})

/** For a model without a chat template: words that any model can read, and that ask for a box. */
const plain = "deepseek-math"

const own =
  (sampling: Pick<Decoding, "temperature" | "topP" | "samples">) =>
  ({ model }: Sat): Plan => ({
    prompt: model.chat ? ownChat : { kind: "template", template: plain },
    decoding: { ...sampling, maxTokens: 3072 },
    grader: "exact"
  })

/** K of avg@K; null where it is none, or out of range. */
const samplesNamed = (name: string): number | null => {
  const found = /^avg@([1-9]\d{0,3})$/.exec(name)
  const samples = found === null ? 0 : Number(found[1])
  return samples >= 1 && samples <= mostSamples ? samples : null
}

const planNamed = (name: string): ((sat: Sat) => Plan) | null => {
  if (name === "paper") return paper
  if (name === "r1") return r1
  if (name === "greedy") return own(greedily)
  const samples = samplesNamed(name)
  return samples === null ? null : own({ temperature: warm, topP: 1, samples })
}

/** The longest answer of the miniature's corpus and some more; with a problem it fits the 128 tokens of its context. */
const lineTokens = 56

/** Whatever the protocol, the miniature and its families are asked by the line: neither knows any other form. */
const asLines = (plan: Plan): Plan => ({
  ...plan,
  prompt: { kind: "line" },
  decoding: { ...plan.decoding, maxTokens: lineTokens }
})

/** A model that was not taught to end its turn goes on with the user's; the script has no word against that. */
const stopOf = (protocol: string, prompt: PromptForm): ReadonlyArray<string> => {
  if (prompt.kind !== "template") return []
  const words = stopWordsOf(prompt.template)
  return protocol !== "paper" && prompt.template === plain ? [...words, "\n\nUser:"] : words
}

/**
 * What a protocol comes to for a set and a model, with the settings that are asked for otherwise.
 *
 * Fails with UnknownProtocol; with SettingRefused, which names the setting; with NoChatTemplate.
 */
export const sittingOf = Effect.fn("protocols.sittingOf")(function* (request: ProtocolRequest) {
  const { model, overrides, protocol, set } = request
  const planned = planNamed(protocol)
  if (planned === null) return yield* new UnknownProtocol({ name: protocol })
  yield* checkOverrides(protocol, overrides)
  const plan = planned(request)
  const ours = set.kind === "miniature" || model.miniature ? asLines(plan) : plan
  const prompt = promptOf(ours.prompt, overrides)
  if (prompt.kind === "chat" && !model.chat) return yield* new NoChatTemplate({ protocol })
  const decoding = yield* decodingOf(protocol, { ...ours.decoding, stop: stopOf(protocol, prompt) }, overrides)
  const sitting: Sitting = { prompt, decoding, grader: graderOf(ours.grader, overrides) }
  return sitting
})
