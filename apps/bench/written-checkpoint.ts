/**
 * Whether transformers loads what Onefold writes: reads each folder, writes it back, and lets transformers compare both.
 *
 *   node apps/bench/written-checkpoint.ts --python PYTHON FOLDER…
 *
 * PYTHON has torch and transformers. A folder with a cases.json is compared on its sequences.
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
import { readCheckpoint, writeCheckpoint } from "../../learning/policy/checkpoint.ts"

const { positionals, values } = parseArgs({
  options: { python: { type: "string", default: "python3" } },
  allowPositionals: true
})

const script = fileURLToPath(new URL("written_checkpoint.py", import.meta.url))
const carried = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"]
const Compared = Schema.Struct({ worst: Schema.Number, tokens: Schema.Int, bits: Schema.Boolean })

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "onefold-written-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

const compare = Effect.fn("bench.compare")(function* (folder: string) {
  const { config, weights } = yield* readCheckpoint(folder)
  const files = new Map<string, Uint8Array>()
  for (const name of carried.filter((name) => existsSync(join(folder, name))))
    files.set(name, yield* Effect.promise(() => readFile(join(folder, name))))
  for (const [kind, kept] of [
    ["base carried", files],
    ["config of our own", undefined]
  ] as const) {
    const written = yield* temporaryFolder
    yield* writeCheckpoint(written, config, weights, kept)
    const cases = join(folder, "cases.json")
    const { stdout } = yield* Effect.promise(() =>
      promisify(execFile)(values.python, [script, folder, written, ...(existsSync(cases) ? [cases] : [])])
    )
    const { bits, tokens, worst } = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(Compared))(stdout)
    yield* Console.log(
      `${basename(folder)}, ${kind}: ${bits ? "equal bits" : `worst difference ${worst}`} over ${tokens} tokens`
    )
  }
}, Effect.scoped)

NodeRuntime.runMain(Effect.forEach(positionals, compare, { discard: true }))
