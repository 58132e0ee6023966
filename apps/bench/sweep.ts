/**
 * A sweep against the same runs one after another, each a process of its own: time on the same machine, and the ratio.
 *
 *   npm run bench -- sweep [--examples 48] [--steps 60] [--parallel 2] [--preset mini] [--rounds 1]
 *
 * Both go through the command line as a user would. Examples are the first of the pool as `random:N` draws them. In a
 * round the sweep comes first, then the single runs. Ends with one JSON line; exit code 1 where weights differ.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Effect, Schema } from "effect"
import { readResultLine } from "../cli/report/result.ts"
import { drawn } from "../cli/sweep/choice.ts"

const { values } = parseArgs({
  options: {
    examples: { type: "string", default: "48" },
    steps: { type: "string", default: "60" },
    parallel: { type: "string", default: "2" },
    preset: { type: "string", default: "mini" },
    rounds: { type: "string", default: "1" }
  }
})
const count = Number(values.examples)
const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url))

interface Ended {
  readonly seconds: number
  readonly lines: ReadonlyArray<string>
}

/** One process of the command line, from its start to its end. */
const onefold = (args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(process.execPath, [main, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk)
    })
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk)
    })
    child.on("error", reject)
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`onefold ${args.join(" ")} ended with ${code}: ${stderr}`))
      resolve({ seconds: (performance.now() - began) / 1000, lines: stdout.split("\n").filter(Boolean) })
    })
  })

const Swept = Schema.fromJsonString(Schema.Struct({ example: Schema.String, policy: Schema.String }))

const shared = ["--preset", values.preset, "--steps", values.steps]

/** Seconds, and the weights that each example led to. */
const asSweep = async (dataDir: string) => {
  const args = ["sweep", "--examples", `random:${count}`, "--parallel", values.parallel, "--data-dir", dataDir]
  const { lines, seconds } = await onefold([...args, ...shared])
  const rows = lines.map((line) => Schema.decodeUnknownSync(Swept)(line))
  return { seconds, weights: new Map(rows.map(({ example, policy }) => [example, policy])) }
}

const oneByOne = async (dataDir: string) => {
  const weights = new Map<string, string>()
  let seconds = 0
  for (const example of drawn(count, 0)) {
    const ended = await onefold(["run", "--example", example, "--validation", "none", "--data-dir", dataDir, ...shared])
    const result = await Effect.runPromise(readResultLine(ended.lines.at(-1) ?? ""))
    weights.set(example, result.weightsSha256)
    seconds += ended.seconds
  }
  return { seconds, weights }
}

let different = 0
for (let round = 0; round < Number(values.rounds); round++) {
  const scratch = mkdtempSync(join(tmpdir(), "onefold-bench-"))
  const swept = await asSweep(join(scratch, "sweep"))
  const single = await oneByOne(join(scratch, "single"))
  rmSync(scratch, { recursive: true, force: true })
  different += [...single.weights].filter(([example, policy]) => swept.weights.get(example) !== policy).length
  const result = {
    type: "result",
    ...{ examples: count, steps: Number(values.steps), parallel: Number(values.parallel), preset: values.preset },
    sweepSeconds: swept.seconds,
    singleSeconds: single.seconds,
    ratio: swept.seconds / single.seconds,
    weightsDifferent: different
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
process.exit(different === 0 ? 0 : 1)
