/**
 * `onefold doctor`: what runs here and why, and the command that mends what is missing.
 */
import { Effect } from "effect"
import { askedBackend } from "./backend.ts"
import { doctorReport, renderDoctor } from "./doctor/doctor.ts"

export const doctor = Effect.fn("doctor")(function* (options: { readonly dataDir: string; readonly json: boolean }) {
  const { backend } = yield* askedBackend
  const facts = yield* doctorReport(options.dataDir, backend)
  const lines = options.json ? facts.map((fact) => JSON.stringify({ type: "fact", ...fact })) : renderDoctor(facts)
  yield* Effect.sync(() => process.stdout.write(`${lines.join("\n")}\n`))
})
