/** `onefold doctor`: what runs here and why, and the command that mends what is missing. */
import { Effect } from "effect"
import type { BackendName } from "../../../learning/policy/tensors/installation.ts"
import type { Fact } from "./fact.ts"
import { gatherFacts } from "./facts.ts"

export type { Fact } from "./fact.ts"

/**
 * Looks at this machine; `dataDir` is where runs would be kept, and need not exist. Takes about a second.
 *
 * @param asked the backend that ONEFOLD_BACKEND asks for
 */
export const doctorReport = Effect.fn("doctorReport")(function* (dataDir: string, asked?: BackendName) {
  return yield* Effect.promise(() => gatherFacts(dataDir, asked))
})

/** The report as plain lines, without a line feed at their ends: a line a fact, and one more for each command. */
export function renderDoctor(facts: ReadonlyArray<Fact>): ReadonlyArray<string> {
  const widest = Math.max(...facts.map(({ name }) => name.length))
  const indent = " ".repeat(6 + widest + 2)
  const lines = facts.flatMap(({ mend, name, note, ok, value }) => [
    `${(ok ? "ok" : "look").padEnd(6)}${name.padEnd(widest)}  ${value}${note === "" ? "" : ` (${note})`}`,
    ...(mend === undefined ? [] : [`${indent}to mend it: ${mend}`])
  ])
  const poor = facts.filter(({ ok }) => !ok).length
  const verdict = poor === 0 ? "All is well." : `${poor} of ${facts.length} want a look.`
  return [...lines, "", verdict]
}
