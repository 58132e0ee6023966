/**
 * `--set key=value`: settings of a configuration replaced one by one, by their names in it.
 */
import { Effect, Option, Schema } from "effect"
import { RunConfig } from "../../../schemas/run-config.ts"
import { nearest } from "../nearest.ts"
import { SettingsContradictory } from "../presets.ts"

export class SettingUnknown extends Schema.TaggedError<SettingUnknown>()("SettingUnknown", {
  setting: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `--set ${this.setting}: ${this.detail}. ${this.next}`
  }
}

/** Settings that a sweep chooses itself, or that have a flag of their own. */
const chosen: Readonly<Record<string, string>> = {
  preset: "--preset",
  prompts: "--examples",
  seed: "--seeds",
  steps: "--steps",
  "evaluation.testSeed": "--test-seed",
  model: "the miniature's base",
  lora: "no sweep",
  critic: "no sweep",
  "evaluation.baseRun": "the sweep itself"
}

const Json = Schema.fromJsonString(Schema.Unknown)

/** JSON where it is JSON, else the word itself. */
const parsed = (text: string): unknown => Option.getOrElse(Schema.decodeUnknownOption(Json)(text), (): unknown => text)

const fieldsOf = (prefix: string, fields: Readonly<Record<string, unknown>>): ReadonlyArray<string> =>
  Object.keys(fields).map((name) => prefix + name)

/** Every setting by the name that `--set` knows it under. */
export const settingNames: ReadonlyArray<string> = [
  ...fieldsOf("", RunConfig.fields).filter((name) => name !== "evaluation"),
  ...fieldsOf("evaluation.", RunConfig.fields.evaluation.fields)
].filter((name) => chosen[name] === undefined)

interface Setting {
  readonly name: string
  readonly value: unknown
}

const settingOf = Effect.fn("sweep.setting")(function* (text: string) {
  const at = text.indexOf("=")
  const refuse = (detail: string, next: string) => new SettingUnknown({ setting: text, detail, next })
  if (at < 1) return yield* refuse("it is no key=value", "Write it as learningRate=1e-4")
  const name = text.slice(0, at)
  if (chosen[name] !== undefined) return yield* refuse(`${name} cannot be set here`, `It is chosen by ${chosen[name]}`)
  if (!settingNames.includes(name))
    return yield* refuse(
      `there is no setting ${name}`,
      `Did you mean "${nearest(name, settingNames)}"? Known: ${settingNames.join(", ")}`
    )
  const setting: Setting = { name, value: parsed(text.slice(at + 1)) }
  return setting
})

const ofEvaluation = /^evaluation\./

const replaced = (settings: ReadonlyArray<Setting>, inEvaluation: boolean): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    settings
      .filter(({ name }) => ofEvaluation.test(name) === inEvaluation)
      .map(({ name, value }) => [name.replace(ofEvaluation, ""), value])
  )

/** The configuration with these settings. Fails with SettingUnknown or SettingsContradictory, with what is allowed. */
export const withSettings = Effect.fn("sweep.withSettings")(function* (
  config: RunConfig,
  texts: ReadonlyArray<string>
) {
  const settings = yield* Effect.forEach(texts, settingOf)
  if (settings.length === 0) return config
  const changed = {
    ...config,
    ...replaced(settings, false),
    evaluation: { ...config.evaluation, ...replaced(settings, true) }
  }
  return yield* Effect.mapError(
    Schema.decodeUnknownEffect(RunConfig)(changed),
    ({ message }) => new SettingsContradictory({ detail: message })
  )
})
