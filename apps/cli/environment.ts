/**
 * What this process's bits depend on, and how it differs from what a run was started with.
 */
import { Effect, Schema } from "effect"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import type { Environment } from "../../schemas/environment.ts"

export const currentEnvironment = Effect.gen(function* () {
  const { facts } = yield* PolicyEngine
  const environment: Environment = {
    backend: [
      facts.backend,
      ...(facts.mode === "graph" ? ["graphs"] : []),
      ...(facts.precision === "float32" ? [] : [facts.precision])
    ].join(", "),
    backendVersion: facts.version,
    oneDnn: facts.oneDnn,
    intraOpThreads: facts.intraOpThreads,
    instructionSet: facts.instructionSet,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`
  }
  return environment
})

/** Going on under these settings would not give the bits that the run would have had. */
export class SettingsDrifted extends Schema.TaggedError<SettingsDrifted>()("SettingsDrifted", {
  runId: Schema.String,
  differences: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `run ${this.runId} was started under other settings (${this.differences.join("; ")}), so its bits would change. Resume it where it was started, or say --allow-drift, which is recorded`
  }
}

/** What differs, in words, field by field. */
export const driftOf = (then: Environment, now: Environment): ReadonlyArray<string> => {
  const before = new Map<string, unknown>(Object.entries(then))
  return Object.entries(now)
    .filter(([name, value]) => before.get(name) !== value)
    .map(([name, value]) => `${name} was ${String(before.get(name))}, is ${String(value)}`)
}
