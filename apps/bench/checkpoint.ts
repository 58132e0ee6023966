/**
 * What reading a checkpoint costs: time, and memory beside the weights that are held.
 *
 *   node apps/bench/checkpoint.ts [--layers 10]
 *
 * Writes random checkpoints of about 300 MB a float32 copy into a temporary folder, in F32, F16 and BF16, and reads each
 * in a process of its own. `peak` is what that process took at most beyond what it took before it began to read.
 */
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { readCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import { encodeConfig, type PolicyConfig } from "../../learning/policy/config.ts"
import { layoutOf } from "../../learning/policy/parameters.ts"
import { sequence } from "../../learning/random/sequence.ts"

const { values } = parseArgs({
  options: { layers: { type: "string", default: "10" }, read: { type: "string" } }
})

const config: PolicyConfig = {
  architecture: "Qwen2ForCausalLM",
  vocabularySize: 32000,
  hiddenSize: 768,
  layers: Number(values.layers),
  heads: 12,
  keyValueHeads: 4,
  headSize: 64,
  feedForwardSize: 1536,
  rope: { theta: 10000, scaling: null },
  normEpsilon: 1e-6,
  attentionBias: true,
  queryKeyNorm: false,
  tiedHead: true,
  maxPositions: 4096,
  eosIds: [1]
}

/** Random bits whose exponent is that of numbers below 1. */
const randomNumbers = (bytes: number, width: 2 | 4, half: boolean): Uint8Array => {
  const numbers = new Uint8Array(bytes)
  const { below } = sequence(1, 80)
  const block = new Uint8Array(2 ** 16).map(() => below(256))
  for (let place = 0; place < bytes; place += block.length)
    numbers.set(block.subarray(0, Math.min(block.length, bytes - place)), place)
  for (let last = width - 1; last < bytes; last += width) numbers[last] = half ? 0x2c : 0x3c
  return numbers
}

const write = async (folder: string, dtype: "F32" | "F16" | "BF16"): Promise<void> => {
  const width = dtype === "F32" ? 4 : 2
  const { parameters, size } = layoutOf(config)
  const header = Object.fromEntries(
    parameters.map(({ name, offset, shape, size }) => [
      name,
      { dtype, shape, data_offsets: [offset * width, (offset + size) * width] }
    ])
  )
  const json = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.length))
  const body = randomNumbers(size * width, width, dtype === "F16")
  await writeFile(join(folder, "config.json"), JSON.stringify(encodeConfig(config).config))
  await writeFile(join(folder, "model.safetensors"), Buffer.concat([prefix, json, body]))
}

const Reading = Schema.Struct({ seconds: Schema.Number, peak: Schema.Number, weights: Schema.Number })

/** The most memory this process has had; maxRSS would count what its parent had before it. */
const peakBytes = async (): Promise<number> => {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "")
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS
  return Number(kilobytes) * 1024
}

/** In the process that reads. */
const reading = Effect.fn("bench.reading")(function* (folder: string) {
  const before = process.memoryUsage().rss
  const started = performance.now()
  const { weights } = yield* readCheckpoint(folder)
  const seconds = (performance.now() - started) / 1000
  const peak = (yield* Effect.promise(peakBytes)) - before
  yield* Console.log(JSON.stringify({ seconds, peak, weights: weights.byteLength }))
})

const measured = (folder: string) =>
  Effect.promise(() =>
    promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), "--layers", values.layers, "--read", folder])
  ).pipe(Effect.flatMap(({ stdout }) => Schema.decodeUnknownEffect(Schema.fromJsonString(Reading))(stdout)))

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "onefold-checkpoint-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

const all = Effect.gen(function* () {
  for (const dtype of ["F32", "F16", "BF16"] as const) {
    const folder = yield* temporaryFolder
    yield* Effect.promise(() => write(folder, dtype))
    const { peak, seconds, weights } = yield* measured(folder)
    yield* Console.log(
      `${dtype.padEnd(5)} ${(weights / 1e6).toFixed(0)} MB of weights in ${seconds.toFixed(2)} s (${(weights / 1e9 / seconds).toFixed(2)} GB/s), peak ${(peak / weights).toFixed(3)} x the weights`
    )
  }
}).pipe(Effect.scoped)

if (values.read === undefined) NodeRuntime.runMain(all)
else NodeRuntime.runMain(reading(values.read))
