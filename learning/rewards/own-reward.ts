/**
 * Is this what a reward file must export? Read by hand: whatever a user's module holds, it must not surprise us.
 */
import type { Parameter, Reward } from "./reward.ts"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const nameForm = /^[a-z][a-z0-9-]{0,63}$/
const parameterForm = /^[A-Za-z][A-Za-z0-9-]{0,63}$/

const parameterOf = (value: unknown): Parameter | null => {
  if (!isRecord(value) || typeof value.about !== "string") return null
  const { about, default: standard, least, most, type } = value
  if (type === "text")
    return standard === null || typeof standard === "string" ? { type, about, default: standard } : null
  if (type !== "number" || typeof standard !== "number" || typeof least !== "number" || typeof most !== "number")
    return null
  return least <= standard && standard <= most ? { type, about, default: standard, least, most } : null
}

const parametersOf = (value: unknown): Reward["parameters"] | string => {
  if (!isRecord(value)) return "its parameters are not an object; give {} where there are none"
  const parameters: Record<string, Parameter> = {}
  for (const [name, declared] of Object.entries(value)) {
    const parameter = parameterOf(declared)
    if (!parameterForm.test(name) || parameter === null)
      return `its parameter ${name} is not { type: "number", about, default, least, most } or { type: "text", about, default }`
    parameters[name] = parameter
  }
  return parameters
}

type Member = (...given: ReadonlyArray<unknown>) => unknown
const isFunction = (value: unknown): value is Member => typeof value === "function"

/** What a file says of its reward: all of it but the functions, so that it can leave its thread. */
export interface Description extends Pick<Reward, "about" | "name" | "parameters" | "version"> {
  readonly hasLabels: boolean
}

export interface OwnReward {
  readonly description: Description
  readonly reward: Member
  /** Null where it leaves the answers as they are. */
  readonly labels: Member | null
}

/** What a file exports as default; or what is wrong with it, in words. */
export const ownReward = (value: unknown): OwnReward | string => {
  if (!isRecord(value)) return "its default export is no reward: { name, version, about, parameters, reward }"
  const { about, labels, name, reward, version } = value
  if (typeof name !== "string" || !nameForm.test(name))
    return "its name must be a text of lower-case letters, digits and hyphens, as in my-reward"
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) return "its version must be 1, 2, 3 …"
  if (typeof about !== "string" || about.trim() === "") return "it does not say what it is about"
  if (!isFunction(reward)) return "its reward is no function"
  if (labels !== undefined && !isFunction(labels)) return "its labels is no function"
  const parameters = parametersOf(value.parameters)
  if (typeof parameters === "string") return parameters
  return {
    description: { about, hasLabels: labels !== undefined, name, parameters, version },
    reward: (...given) => Reflect.apply(reward, value, given),
    labels: labels === undefined ? null : (...given) => Reflect.apply(labels, value, given)
  }
}
