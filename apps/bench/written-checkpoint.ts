/**
 * Whether transformers loads what Onefold writes: reads each folder, writes it back, and lets transformers compare both.
 *
 *   node apps/bench/written-checkpoint.ts [--python PYTHON] [--peft] FOLDER…
 *
 * PYTHON has torch and transformers. A folder with a cases.json is compared on its sequences. With --peft a random
 * adapter is written too, and PEFT's model with it compared to a checkpoint in which it was merged.
 */
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import { wasmOps } from "../../learning/policy/tensors/backend-wasm.ts"
import { writeAdapter } from "../../learning/policy/training/adapter-files.ts"
import { initialAdapter, type LoraConfig } from "../../learning/policy/training/lora.ts"
import { mergedWeights } from "../../learning/policy/training/lora-products.ts"
import { sequence } from "../../learning/random/sequence.ts"

const { positionals, values } = parseArgs({
  options: { python: { type: "string", default: "python3" }, peft: { type: "boolean", default: false } },
  allowPositionals: true
})

const script = fileURLToPath(new URL("written_checkpoint.py", import.meta.url))
const carried = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"]
const Compared = Schema.Struct({ worst: Schema.Number, tokens: Schema.Int, bits: Schema.Boolean })

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "onefold-written-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

/** What Python says of a written folder against the original. */
const compared = (original: string, written: string, adapter: ReadonlyArray<string>) => {
  const cases = join(original, "cases.json")
  const options = [...(existsSync(cases) ? ["--cases", cases] : []), ...adapter]
  return Effect.promise(() => promisify(execFile)(values.python, [script, original, written, ...options])).pipe(
    Effect.flatMap(({ stdout }) => Schema.decodeUnknownEffect(Schema.fromJsonString(Compared))(stdout)),
    Effect.map(
      ({ bits, tokens, worst }) => `${bits ? "equal bits" : `worst difference ${worst}`} over ${tokens} tokens`
    )
  )
}

const lora: LoraConfig = { rank: 4, alpha: 12, targets: ["q_proj", "v_proj", "o_proj", "gate_proj", "down_proj"] }

const compareAdapter = Effect.fn("bench.compareAdapter")(function* (folder: string, checkpoint: Checkpoint) {
  const { config, weights } = checkpoint
  const [adapterFolder, written] = [yield* temporaryFolder, yield* temporaryFolder]
  const adapter = initialAdapter(config, lora, 1)
  const { uniform } = sequence(1, 81)
  for (let i = 0; i < adapter.length; i++) if (adapter[i] === 0) adapter[i] = 0.2 * (uniform() - 0.5)
  yield* writeAdapter(adapterFolder, config, { base: folder, lora, weights: adapter })
  const { ops } = yield* Effect.promise(wasmOps)
  yield* writeCheckpoint(written, config, mergedWeights(ops, config, lora, weights, adapter))
  const result = yield* compared(folder, written, ["--adapter", adapterFolder])
  yield* Console.log(`${basename(folder)}, an adapter in PEFT against merged: ${result}`)
})

const compare = Effect.fn("bench.compare")(function* (folder: string) {
  const checkpoint = yield* readCheckpoint(folder)
  const files = new Map<string, Uint8Array>()
  for (const name of carried.filter((name) => existsSync(join(folder, name))))
    files.set(name, yield* Effect.promise(() => readFile(join(folder, name))))
  for (const [kind, kept] of [
    ["base carried", files],
    ["config of our own", undefined]
  ] as const) {
    const written = yield* temporaryFolder
    yield* writeCheckpoint(written, checkpoint.config, checkpoint.weights, kept)
    yield* Console.log(`${basename(folder)}, ${kind}: ${yield* compared(folder, written, [])}`)
  }
  if (values.peft) yield* compareAdapter(folder, checkpoint)
}, Effect.scoped)

NodeRuntime.runMain(Effect.forEach(positionals, compare, { discard: true }))
