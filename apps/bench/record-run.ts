/**
 * `npm run bench -- record-run`: records a small run as a fixture that every later version must be able to fold again.
 *
 *   --out DIR   default: apps/cli/replay/recorded-runs/VERSION
 *
 * A policy of some nine hundred weights with a critic learns for four steps through the whole pipeline. What its log holds
 * is written record by record, and beside it every artifact. See the README in recorded-runs.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Effect, Layer, Stream } from "effect"
import { writeCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import type { PolicyConfig } from "../../learning/policy/config.ts"
import { initialWeights } from "../../learning/policy/init.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import { topics } from "../../schemas/catalogue.ts"
import { loadBase, miniatureBase } from "../cli/base.ts"
import { beginRun } from "../cli/begin-run.ts"
import { criticInitial } from "../cli/critic-settings.ts"
import { openDataFolder } from "../cli/data-folder.ts"
import { services } from "../cli/embedded.ts"
import { findExample } from "../cli/examples.ts"
import { asLine } from "../cli/notation.ts"
import { configOf } from "../cli/presets.ts"
import { replayed } from "../cli/replay/replay.ts"
import { stoppingLayer } from "../cli/stopping.ts"
import { version } from "../cli/version.ts"
import { quietReporter } from "./quiet-reporter.ts"

const recordedRuns = fileURLToPath(new URL("../cli/replay/recorded-runs", import.meta.url))
const { values } = parseArgs({ options: { out: { type: "string", default: join(recordedRuns, version) } } })

const policy: PolicyConfig = {
  architecture: "LlamaForCausalLM",
  vocabularySize: 56,
  hiddenSize: 8,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  headSize: 4,
  feedForwardSize: 8,
  rope: { theta: 10_000, scaling: null },
  normEpsilon: 1e-6,
  attentionBias: false,
  queryKeyNorm: false,
  tiedHead: true,
  maxPositions: 128,
  eosIds: [1]
}

/** What a policy of random weights earns by chance gives it something to learn. */
const settings = {
  ...{ copies: 2, groupSize: 2, shards: 2, cohorts: 2, maxTokens: 12, snapshotEvery: 2, advantage: "gae" },
  ...{ reward: "random", evaluation: { problemsPerFamily: 1, samples: 1, everySteps: 4, maxTokens: 12 } }
}

/** Every record in place order, as a line of JSON. */
const lines = Effect.gen(function* () {
  const log = yield* EventLog
  const found: Array<string> = []
  for (const { name, partitions } of topics)
    for (let partition = 0; partition < partitions; partition++)
      yield* Stream.runForEach(log.read(name, partition, 0), ({ key, offset, timestamp, topic, value }) =>
        Effect.sync(() => {
          const base64 = Buffer.from(value).toString("base64")
          found.push(JSON.stringify({ topic, partition, offset, key, timestamp, value: base64 }))
        })
      )
  return found
})

const recording = Effect.gen(function* () {
  const scratch = mkdtempSync(join(tmpdir(), "onefold-record-"))
  const model = join(scratch, "model")
  const carried = ["tokenizer.json", "tokenizer_config.json"].map(
    (name) => [name, readFileSync(join(miniatureBase, name))] as const
  )
  yield* writeCheckpoint(model, policy, initialWeights(policy, 7), new Map(carried))
  const base = yield* loadBase(model)
  const config = yield* configOf({
    ...{ preset: "smoke", prompts: [yield* findExample("chain:0", asLine(miniatureBase))], steps: 4, seed: 1 },
    ...{ model: { name: "recorded", hash: base.weightsHash }, testSeed: 2026, set: settings },
    criticInitial: criticInitial(base)
  })
  const folder = yield* openDataFolder(join(scratch, "data"))
  yield* Effect.gen(function* () {
    const { ending, run } = yield* beginRun({ config, base, folder, reporter: quietReporter })
    const { refolded } = yield* replayed({ run: run.runId, to: null, verify: true })
    const written = yield* lines
    rmSync(values.out, { recursive: true, force: true })
    mkdirSync(values.out, { recursive: true })
    writeFileSync(join(values.out, "log.jsonl"), `${written.join("\n")}\n`)
    cpSync(folder.blobs, join(values.out, "blobs"), { recursive: true })
    const { equal, of } = refolded
    const result = { type: "result", out: values.out, ending, records: written.length, equal, of }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        services(folder, base, config),
        stoppingLayer(() => process.exit(130))
      )
    )
  )
  rmSync(scratch, { recursive: true, force: true })
})

await Effect.runPromise(recording)
process.exit(0)
