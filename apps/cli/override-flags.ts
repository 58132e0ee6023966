/**
 * The flags that replace a preset's settings one by one.
 */
import { Option } from "effect"
import { Flag } from "effect/cli"
import type { Overrides } from "./presets.ts"

const count = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(`${description}; default: the preset's`), Flag.optional)
const number = (name: string, description: string) =>
  Flag.Finite(name).pipe(Flag.withDescription(`${description}; default: the preset's`), Flag.optional)

export const overrideFlags = {
  copies: count("copies", "Groups a step"),
  groupSize: count("group-size", "Answers a group"),
  cohorts: count("cohorts", "A step's answers are sampled in so many parts"),
  shards: count("shards", "A step's gradient is taken in so many parts: more need less memory"),
  maxTokens: count("max-tokens", "New tokens an answer at most"),
  snapshotEvery: count("snapshot-every", "Updates between policies that are stored with their optimizer"),
  temperature: number("temperature", "Of sampling"),
  learningRate: number("learning-rate", "Of AdamW")
}

type Given = { readonly [Name in keyof typeof overrideFlags]: Option.Option<number> }

/** Those that were given. */
export const overridesOf = (given: Given): Overrides =>
  Object.fromEntries(
    Object.keys(overrideFlags).flatMap((name) => {
      const value = Object.entries(given).find(([key]) => key === name)?.[1]
      return value !== undefined && Option.isSome(value) ? [[name, value.value]] : []
    })
  )
