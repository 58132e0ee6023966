/**
 * Writes the page with its drawings, and the examples of arms that have several, so that its commands can be given.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { example } from "../../../learning/datasets/miniature/problems.ts"
import { type Arm, arms, dataFileOf } from "./arms.ts"
import { drawn } from "./drawings.ts"
import { type Findings, pageOf } from "./page.ts"

/** A training set as --data takes it. */
export const dataLines = ({ examples }: Pick<Arm, "examples">): string =>
  examples
    .flatMap((name) => example(name) ?? [])
    .map(({ answer, id, prompt }) => `${JSON.stringify({ index: id, problem: prompt, answer })}\n`)
    .join("")

export const writePage = Effect.fn("science.writePage")(function* (findings: Findings, folder: string) {
  const beside = join(folder, "science")
  yield* Effect.sync(() => {
    mkdirSync(beside, { recursive: true })
    writeFileSync(join(folder, "science.md"), pageOf(findings))
    for (const [name, svg] of Object.entries(drawn(findings.evidence))) writeFileSync(join(beside, `${name}.svg`), svg)
    for (const arm of arms) {
      const file = dataFileOf(arm)
      if (file !== null) writeFileSync(join(beside, file), dataLines(arm))
    }
    process.stderr.write(`wrote ${join(folder, "science.md")}\n`)
  })
})
