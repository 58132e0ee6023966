/**
 * Settings that a protocol leaves to whoever asks, held against what each may be.
 */
import { Effect } from "effect"
import { instruction } from "../datasets/training-set/training-row.ts"
import { gradingModes } from "../grading/modes.ts"
import { promptTemplateNames } from "./prompt-template.ts"
import { SettingRefused } from "./protocol-errors.ts"
import type { Decoding, PromptForm, ProtocolRequest, Sitting } from "./sitting.ts"

/** Answers to one problem, at most. */
export const mostSamples = 1024

type Overrides = ProtocolRequest["overrides"]
type Setting = SettingRefused["setting"]

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1

/** What each may be, as a test and in words. Absent is allowed. */
const rules: ReadonlyArray<{
  readonly setting: Setting
  readonly allowed: string
  readonly holds: (given: Overrides) => boolean
}> = [
  {
    setting: "temperature",
    allowed: "it must be a number from 0 on",
    holds: ({ temperature = 0 }) => temperature >= 0 && temperature < Infinity
  },
  {
    setting: "topP",
    allowed: "it must be above 0 and at most 1",
    holds: ({ topP = 1 }) => topP > 0 && topP <= 1
  },
  {
    setting: "samples",
    allowed: `it must be a whole number from 1 to ${mostSamples}`,
    holds: ({ samples = 1 }) => isCount(samples) && samples <= mostSamples
  },
  {
    setting: "maxTokens",
    allowed: "it must be a whole number from 1 on",
    holds: ({ maxTokens = 1 }) => isCount(maxTokens)
  },
  {
    setting: "stop",
    allowed: "a text that ends an answer cannot be empty",
    holds: ({ stop = [] }) => !stop.includes("")
  },
  {
    setting: "prompt",
    allowed: `there is no such prompt. Known: chat, line, ${promptTemplateNames.join(", ")}`,
    holds: ({ prompt }) => prompt === undefined || promptNamed(prompt) !== null
  },
  {
    setting: "grader",
    allowed: `there is no such grader. Known: ${gradingModes.join(", ")}`,
    holds: ({ grader }) => grader === undefined || graderNamed(grader) !== undefined
  }
]

export const ownChat: PromptForm = { kind: "chat", instruction }

const promptNamed = (name: string): PromptForm | null => {
  if (name === "chat") return ownChat
  if (name === "line") return { kind: "line" }
  return promptTemplateNames.includes(name) ? { kind: "template", template: name } : null
}

const graderNamed = (name: string): Sitting["grader"] | undefined => gradingModes.find((mode) => mode === name)

const shown = (value: unknown): string => (typeof value === "number" ? String(value) : JSON.stringify(value))

/** Fails with SettingRefused, which names the first that is wrong. */
export const checkOverrides = Effect.fn("protocols.checkOverrides")(function* (protocol: string, given: Overrides) {
  for (const { allowed, holds, setting } of rules)
    if (!holds(given))
      return yield* new SettingRefused({ protocol, setting, value: shown(given[setting]), detail: allowed })
})

/** The prompt that is asked for, or else the planned one. */
export const promptOf = (planned: PromptForm, { prompt }: Overrides): PromptForm =>
  prompt === undefined ? planned : (promptNamed(prompt) ?? planned)

export const graderOf = (planned: Sitting["grader"], { grader }: Overrides): Sitting["grader"] =>
  grader === undefined ? planned : (graderNamed(grader) ?? planned)

/** Planned settings with the given ones in their place. Fails with SettingRefused where the two make no sense together. */
export const decodingOf = Effect.fn("protocols.decodingOf")(function* (
  protocol: string,
  planned: Decoding,
  given: Overrides
) {
  const { maxTokens, samples, stop, temperature, topP } = { ...planned, ...given }
  if (temperature === 0 && samples > 1)
    return yield* new SettingRefused({
      protocol,
      setting: "samples",
      value: String(samples),
      detail: "at temperature 0 they would all be the same; ask for 1, or for a temperature above 0"
    })
  // The likeliest token is among the fewest of any share.
  const decoding: Decoding = { temperature, topP: temperature === 0 ? 1 : topP, samples, maxTokens, stop }
  return decoding
})
