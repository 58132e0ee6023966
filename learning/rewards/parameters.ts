/**
 * The parameters of a reward: what was given, held against what is declared.
 */
import { Effect } from "effect"
import type { Parameter, ParameterValues, Reward } from "./reward.ts"
import { RewardParameterRefused } from "./reward-errors.ts"

/** A label is an answer, and longer ones are not compared. */
const longestText = 1_000

const allowed = (parameter: Parameter): string =>
  parameter.type === "number"
    ? `a number from ${parameter.least} to ${parameter.most}, default ${parameter.default}`
    : `a text of 1 to ${longestText} characters, ${parameter.default === null ? "may be left out" : `default "${parameter.default}"`}`

const allowedOf = (parameters: Reward["parameters"]): string => {
  const declared = Object.entries(parameters)
  if (declared.length === 0) return "it takes none"
  return `it takes ${declared.map(([name, parameter]) => `${name} (${allowed(parameter)})`).join(" and ")}`
}

/** The value in the parameter's type and range; null where it is not. Flags give numbers as text. */
const inRange = (parameter: Parameter, given: number | string): number | string | null => {
  if (parameter.type === "text") {
    const text = String(given)
    return text.trim() !== "" && text.length <= longestText ? text : null
  }
  const number = typeof given === "number" ? given : given.trim() === "" ? Number.NaN : Number(given)
  return number >= parameter.least && number <= parameter.most ? number : null
}

/** The given values, and the defaults of what was not given; nothing is checked. */
export const withDefaults = (parameters: Reward["parameters"], given: ParameterValues): ParameterValues => {
  const defaults = Object.entries(parameters).flatMap(([name, declared]) =>
    declared.default === null ? [] : [[name, declared.default] as const]
  )
  return { ...Object.fromEntries(defaults), ...given }
}

/** Every declared parameter with its value: the given one, or the default. Fails with RewardParameterRefused. */
export const resolveParameters = Effect.fn("rewards.resolveParameters")(function* (
  { name: reward, parameters }: Pick<Reward, "name" | "parameters">,
  given: ParameterValues
) {
  const refused = (parameter: string, detail: string) =>
    new RewardParameterRefused({ reward, parameter, value: String(given[parameter]), detail })
  for (const parameter of Object.keys(given))
    if (!Object.hasOwn(parameters, parameter))
      return yield* refused(parameter, `it has no parameter "${parameter}"; ${allowedOf(parameters)}`)
  const values: Record<string, number | string> = {}
  for (const [name, asked] of Object.entries(withDefaults(parameters, given))) {
    const value = inRange(parameters[name], asked)
    if (value === null) return yield* refused(name, `it must be ${allowed(parameters[name])}`)
    values[name] = value
  }
  return values
})
