/**
 * `npm run bench -- evaluate [--per-family 50] [--rounds 1]`: the shipped miniature on its six families, 8 answers to each
 * problem, as `onefold evaluate` does it in a fresh folder.
 *
 * Start-up, log, grading, figures and history are in it. Ends with a JSON line for each round.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Schema } from "effect"
import { measuredCommand } from "./measured-command.ts"

const { values } = parseArgs({
  options: { "per-family": { type: "string", default: "50" }, rounds: { type: "string", default: "1" } }
})

const Figure = Schema.Struct({ metric: Schema.String, value: Schema.Finite })
const Result = Schema.fromJsonString(
  Schema.Struct({
    policy: Schema.String,
    average: Figure,
    tests: Schema.Array(
      Schema.Struct({ problems: Schema.Int, samplesPerProblem: Schema.Int, figures: Schema.Array(Figure) })
    )
  })
)
type Test = (typeof Result.Type)["tests"][number]

const answersOf = ({ problems, samplesPerProblem }: Test): number => problems * samplesPerProblem

/** Response tokens of a test: their mean of an answer is one of its figures. */
const tokensOf = (test: Test): number =>
  answersOf(test) * (test.figures.find(({ metric }) => metric === "responseLength")?.value ?? 0)

const sum = (tests: ReadonlyArray<Test>, of: (test: Test) => number): number =>
  tests.reduce((total, test) => total + of(test), 0)

for (let round = 0; round < Number(values.rounds); round++) {
  const dataDir = mkdtempSync(join(tmpdir(), "onefold-bench-"))
  try {
    const asked = ["evaluate", "--protocol", "avg@8", "--per-family", values["per-family"]]
    const { cpuSeconds, lines, wallSeconds } = measuredCommand([...asked, "--json", "--data-dir", dataDir])
    const { average, policy, tests } = Schema.decodeUnknownSync(Result)(lines.at(-1))
    const [answers, tokens] = [sum(tests, answersOf), Math.round(sum(tests, tokensOf))]
    const result = {
      type: "result",
      ...{ problems: sum(tests, ({ problems }) => problems), answers, tokens, wallSeconds, cpuSeconds },
      ...{ answersPerSecond: answers / wallSeconds, tokensPerSecond: tokens / wallSeconds },
      ...{ average: average.value, policy }
    }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
