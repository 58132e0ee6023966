/**
 * The named questions of this version, and what is given to one of them as the engine takes it.
 */
import { readdirSync, readFileSync } from "node:fs"
import { Effect, Schema } from "effect"
import { type NamedQuestion, parseQuestion, type QuestionParameter } from "./named-question.ts"
import type { ParameterValue } from "./query-format.ts"

const home = new URL("./questions/", import.meta.url)

/** In the order of their names. Throws QuestionMalformed. */
export const namedQuestions = (): ReadonlyArray<NamedQuestion> =>
  readdirSync(home)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => parseQuestion(file.replace(/\.sql$/, ""), readFileSync(new URL(file, home), "utf8")))

/** A question was given a parameter that it does not have, or one that it cannot take, or lacks one. */
export class ParameterRefused extends Schema.TaggedError<ParameterRefused>()("ParameterRefused", {
  question: Schema.String,
  parameter: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `the question ${this.question}, ${this.parameter}: ${this.detail}`
  }
}

const largestUInt32 = 2 ** 32 - 1

/** The value that a text means; undefined where it means none of that type. */
const meantBy = ({ type }: QuestionParameter, text: string): ParameterValue | undefined => {
  if (type.startsWith("Nullable") && text === "null") return null
  switch (type) {
    case "String":
    case "Nullable(String)":
      return text
    case "UInt32":
    case "Nullable(UInt32)":
      return /^\d{1,10}$/.test(text) && Number(text) <= largestUInt32 ? Number(text) : undefined
    case "Array(String)":
      return text === "" ? [] : text.split(",").map((each) => each.trim())
  }
}

/** A parameter as help shows it. */
export const parameterText = ({ about, fallback, name, type }: QuestionParameter): string => {
  const form = type === "Array(String)" ? "a,b,…" : type.includes("UInt32") ? "N" : "TEXT"
  const otherwise = fallback === "required" ? "required" : `default: ${fallback === "" ? "none" : fallback}`
  return `${name}=${form}  ${about} (${otherwise})`
}

/**
 * What a question's placeholders are bound to: what is given, and defaults for the rest. Values are texts as a command
 * line has them; names of runs are given as they are recorded, never "last". Fails with ParameterRefused.
 */
export const boundParameters = Effect.fn("boundParameters")(function* (
  { name, parameters }: NamedQuestion,
  given: ReadonlyMap<string, string>
) {
  const refuse = (parameter: string, detail: string) => new ParameterRefused({ question: name, parameter, detail })
  const stranger = [...given.keys()].find((key) => !parameters.some((each) => each.name === key))
  if (stranger !== undefined) {
    const known = parameters.map((each) => each.name).join(", ")
    return yield* refuse(stranger, `there is no such parameter; it has ${known}`)
  }
  const bound: Record<string, ParameterValue> = {}
  for (const parameter of parameters) {
    const text = given.get(parameter.name) ?? parameter.fallback
    if (!given.has(parameter.name) && text === "required")
      return yield* refuse(parameter.name, `it must be given: ${parameter.about}`)
    const value = meantBy(parameter, text)
    if (value === undefined)
      return yield* refuse(parameter.name, `"${text}" is no whole number from 0 to ${largestUInt32}`)
    bound[parameter.name] = value
  }
  return bound
})
