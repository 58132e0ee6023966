/**
 * The sweep against single runs: processes of the command line from start to end, with their seconds kept in the data
 * folder, so that what was measured before a kill is not measured again.
 */
import { spawn } from "node:child_process"
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Option, Schema } from "effect"
import { readResultLine } from "../../cli/report/result.ts"
import { drawn } from "../../cli/sweep/choice.ts"
import { type Sizes, sweepExamples } from "./sizes.ts"

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url))

const Kept = Schema.fromJsonString(
  Schema.Union([
    /** A process of the sweep set out; a second one goes on where a kill ended the first. */
    Schema.Struct({ kind: Schema.Literal("sweep-began"), sizes: Schema.String }),
    Schema.Struct({ kind: Schema.Literal("sweep"), sizes: Schema.String, seconds: Schema.Finite }),
    Schema.Struct({
      kind: Schema.Literal("single"),
      sizes: Schema.String,
      example: Schema.String,
      seconds: Schema.Finite,
      policy: Schema.String
    })
  ])
)
type Kept = typeof Kept.Type

/** One process of the command line. It ends with this one, however this one ends. */
const onefold = (args: ReadonlyArray<string>) =>
  Effect.tryPromise({
    try: () =>
      new Promise<{ readonly seconds: number; readonly lines: ReadonlyArray<string> }>((resolve, reject) => {
        const began = performance.now()
        const child = spawn(process.execPath, [main, ...args, "--json"], {
          stdio: ["ignore", "pipe", "inherit", "ipc"]
        })
        let stdout = ""
        child.stdout?.on("data", (chunk) => {
          stdout += String(chunk)
        })
        child.on("error", reject)
        child.on("close", (code) => {
          if (code !== 0)
            return reject(new Error(`onefold ${args.join(" ")} ended with ${code}; the same command goes on`))
          resolve({ seconds: (performance.now() - began) / 1000, lines: stdout.split("\n").filter(Boolean) })
        })
      }),
    catch: (error) => (error instanceof Error ? error : new Error(String(error)))
  })

const fileOf = (dataDir: string): string => join(dataDir, "science-seconds.jsonl")

const keptIn = Effect.fn("science.keptSeconds")(function* (dataDir: string, sizes: string) {
  const file = fileOf(dataDir)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean)
  const kept = yield* Effect.forEach(lines, (line) => Schema.decodeUnknownEffect(Kept)(line))
  return kept.filter((each) => each.sizes === sizes)
})

const keep = (dataDir: string, kept: Kept) =>
  Effect.sync(() => appendFileSync(fileOf(dataDir), `${JSON.stringify(kept)}\n`))

const note = (text: string) => Effect.sync(() => process.stderr.write(`${text}\n`))

/** What sweep and single runs share. */
const sharedFlags = ({ preset, set, steps, sweep }: Sizes): ReadonlyArray<string> => [
  ...["--preset", preset, "--steps", String(steps), "--test-seed", String(sweep.testSeed)],
  ...set.flatMap((setting) => ["--set", setting])
]

/** Seconds count only between the same sizes. */
const keyOf = (sizes: Sizes): string => JSON.stringify([sharedFlags(sizes), sizes.sweep, sizes.parallel])

export const sweepFlags = (sizes: Sizes): ReadonlyArray<string> => [
  ...["sweep", "--examples", sweepExamples(sizes), "--seeds", `${sizes.sweep.seed},`],
  ...["--parallel", String(sizes.parallel), ...sharedFlags(sizes)]
]

/** Conducts the sweep as its own process, or what is left of it. False where it was asked to stop. */
export const conductSweep = Effect.fn("science.conductSweep")(function* (sizes: Sizes, dataDir: string) {
  const key = keyOf(sizes)
  if ((yield* keptIn(dataDir, key)).some(({ kind }) => kind === "sweep")) return true
  yield* keep(dataDir, { kind: "sweep-began", sizes: key })
  const { lines, seconds } = yield* onefold([...sweepFlags(sizes), "--data-dir", dataDir])
  // A sweep that was paused ends well too, but ranks nothing.
  if (lines.length < sizes.sweep.examples) return false
  yield* keep(dataDir, { kind: "sweep", sizes: key, seconds })
  yield* note(`sweep: ${sizes.sweep.examples} examples done in ${(seconds / 60).toFixed(1)} min`)
  return true
})

/** So many of the sweep's examples, spread evenly over the order in which it takes them. */
export const singleExamples = ({ singles, sweep }: Sizes): ReadonlyArray<string> => {
  const all = drawn(sweep.examples, sweep.drawSeed)
  return Array.from({ length: singles }, (_, i) => all[Math.floor((i * all.length) / singles)])
}

/** Measures some of the sweep's examples again, each as a process of its own, one after another; false as above. */
export const conductSingles = Effect.fn("science.conductSingles")(function* (sizes: Sizes, dataDir: string) {
  const key = keyOf(sizes)
  const done = new Set((yield* keptIn(dataDir, key)).flatMap((each) => (each.kind === "single" ? [each.example] : [])))
  const examples = singleExamples(sizes)
  for (const [i, example] of examples.entries()) {
    if (done.has(example)) continue
    // A folder of their own, so that none of them has the sweep's log to read first.
    const args = [
      ...["run", "--example", example, "--seed", String(sizes.sweep.seed), "--validation", "none"],
      ...sharedFlags(sizes)
    ]
    const { lines, seconds } = yield* onefold([...args, "--data-dir", join(dataDir, "singles")])
    const result = yield* Effect.option(readResultLine(lines.at(-1) ?? ""))
    if (Option.isNone(result)) return false
    const { weightsSha256: policy } = result.value
    yield* keep(dataDir, { kind: "single", sizes: key, example, seconds, policy })
    yield* note(`single run ${i + 1}/${examples.length}: ${example} in ${seconds.toFixed(0)} s`)
  }
  return true
})

export interface Stopwatch {
  /** Of the sweep's process; null where a kill came between, and the time of its parts is not known. */
  readonly sweepSeconds: number | null
  readonly singles: ReadonlyArray<{ readonly example: string; readonly seconds: number; readonly policy: string }>
}

/** What was measured so far. */
export const stopwatchOf = Effect.fn("science.stopwatch")(function* (sizes: Sizes, dataDir: string) {
  const kept = yield* keptIn(dataDir, keyOf(sizes))
  const began = kept.filter(({ kind }) => kind === "sweep-began").length
  const wanted = new Set(singleExamples(sizes))
  const stopwatch: Stopwatch = {
    sweepSeconds: kept.flatMap((each) => (each.kind === "sweep" && began === 1 ? [each.seconds] : []))[0] ?? null,
    singles: kept.flatMap((each) => (each.kind === "single" && wanted.has(each.example) ? [each] : []))
  }
  return stopwatch
})
