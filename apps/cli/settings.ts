/**
 * `--set key=value`: any setting of a run by its name in the configuration, the last word over preset, recipe and flags.
 *
 * Keys of what lies deeper are written with dots: evaluation.samples, critic.learningRate. A value is JSON where it can
 * be read as such, else a text; null takes a setting out that may be left out.
 */
import { Effect, Schema } from "effect"
import { nearest } from "../../learning/nearest.ts"
import { EvaluationConfig } from "../../schemas/evaluation-config.ts"
import { CriticConfig } from "../../schemas/objective-config.ts"
import { RunConfig } from "../../schemas/run-config.ts"

/** `key` and `value` as they were typed. */
export class SettingRefused extends Schema.TaggedError<SettingRefused>()("SettingRefused", {
  key: Schema.String,
  value: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `--set ${this.key}${this.value === "" ? "" : `=${this.value}`}: ${this.reason}`
  }
}

/** Settings as the configuration nests them; null takes one out. */
export interface Settings {
  readonly [key: string]: unknown
}

/** Settings that something else decides, and what does. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["preset", "--preset chooses it"],
  ["recipe", "--recipe chooses it"],
  ["model", "--model chooses it"],
  ["prompts", "--example, --data and --recipe choose them"],
  ["rewardFile", "the flag for rewards chooses it, and its hash follows"],
  ["critic.initial", "it follows from the base"],
  ["lora.initial", "it follows from the base and the seed"],
  ["fork", "onefold fork says where a run leaves another one"],
  ["maxStaleness", "it is 0, and only 0 is known"],
  ["evaluation.baseRun", "a sweep chooses it, of its own runs"],
  ["evaluation.benchmarks", "--benchmarks and --validation of onefold run choose them"]
])

/** Settings that hold others. */
const parts: Readonly<Record<string, Readonly<Record<string, Schema.Top>>>> = {
  evaluation: EvaluationConfig.fields,
  critic: CriticConfig.fields,
  lora: {
    rank: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 16 })),
    alpha: Schema.Finite.check(Schema.isGreaterThan(0)),
    targets: Schema.NonEmptyArray(Schema.NonEmptyString)
  }
}

const dotted: ReadonlyArray<readonly [string, Schema.Top]> = [
  ...Object.entries(RunConfig.fields).filter(([key]) => parts[key] === undefined),
  ...Object.entries(parts).flatMap(([part, fields]) =>
    Object.entries(fields).map(([key, field]) => [`${part}.${key}`, field] as const)
  )
]
const schemas: ReadonlyMap<string, Schema.Top> = new Map(dotted.filter(([key]) => !elsewhere.has(key)))

/** What `--set` knows, in the order of the configuration. */
export const settableKeys: ReadonlyArray<string> = [...schemas.keys()]

/** Reward functions say themselves what they take. */
const parameter = /^rewardParameters\.[a-zA-Z]\w*$/
const parameterSchema = Schema.Union([Schema.Finite, Schema.String])

const schemaOf = (key: string): Schema.Top | undefined =>
  parameter.test(key) ? Schema.optionalKey(parameterSchema) : schemas.get(key)

const refusalOf = (key: string): string => {
  const decided = elsewhere.get(key)
  if (decided !== undefined) return `it cannot be set; ${decided}`
  const inside = settableKeys.filter((known) => known.startsWith(`${key}.`))
  if (inside.length > 0) return `it is set part by part: ${inside.join(", ")}`
  const known = settableKeys.join(", ")
  return `there is no such setting; did you mean "${nearest(key, settableKeys)}"? Known: ${known}, rewardParameters.NAME`
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const mayBeLeftOut = (schema: Schema.Top): boolean => schema.ast.context?.isOptional === true

/** The value as the setting takes it: as JSON, or as the text that it is. */
const settingValue = Effect.fn("settings.value")(function* (key: string, text: string, schema: Schema.Top) {
  const read = jsonOf(text)
  if (read === null && mayBeLeftOut(schema)) return null
  const accepts = Schema.is(schema)
  if (accepts(read)) return read
  if (accepts(text)) return text
  return yield* Effect.mapError(
    Schema.decodeUnknownEffect(Schema.make<Schema.Codec<unknown>>(schema.ast))(read),
    ({ message }) => new SettingRefused({ key, value: text, reason: message.replace(/\s+/g, " ") })
  )
})

const nested = (settings: Settings, key: string, value: unknown): Settings => {
  const [part, inner] = key.split(".")
  if (inner === undefined) return { ...settings, [part]: value }
  const before = settings[part]
  return { ...settings, [part]: { ...(typeof before === "object" ? before : {}), [inner]: value } }
}

/** What was set, a later value of a key in place of an earlier one. Fails with SettingRefused. */
export const settingsOf = Effect.fn("settings.of")(function* (typed: ReadonlyArray<string>) {
  let settings: Settings = {}
  for (const each of typed) {
    const [key, ...rest] = each.split("=")
    const value = rest.join("=")
    if (rest.length === 0)
      return yield* new SettingRefused({ key, value: "", reason: "it has no value; write it as key=value" })
    const schema = schemaOf(key)
    if (schema === undefined) return yield* new SettingRefused({ key, value, reason: refusalOf(key) })
    settings = nested(settings, key, yield* settingValue(key, value, schema))
  }
  return settings
})

export const isSettings = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const AskedLora = Schema.Struct({
  rank: Schema.optionalKey(Schema.Int),
  alpha: Schema.optionalKey(Schema.Finite),
  targets: Schema.optionalKey(Schema.Array(Schema.String))
})

/** What was set of an adapter, in the form that flags have; and the settings without it, since its start follows from it. */
export const withoutLora = ({ lora, ...rest }: Settings) => {
  const { alpha, rank, targets } = Schema.is(AskedLora)(lora) ? lora : {}
  const asked = {
    ...(rank === undefined ? {} : { loraRank: rank }),
    ...(alpha === undefined ? {} : { loraAlpha: alpha }),
    ...(targets === undefined ? {} : { loraTargets: targets.join(",") })
  }
  return { asked, rest }
}

/** One layer over another, part by part; what is null or undefined on top is taken out or left. */
export const layered = (below: Settings, above: Settings): Settings => {
  const result: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete result[key]
    else if (isSettings(value)) {
      const before = result[key]
      result[key] = layered(isSettings(before) ? before : {}, value)
    } else if (value !== undefined) result[key] = value
  }
  return result
}
