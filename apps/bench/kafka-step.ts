/**
 * A step of the miniature over Kafka against the same step over lmdb: one process, every stage in it.
 *
 *   npm run bench -- kafka-step [--steps 20] [--rounds 3]
 *
 * The two alternate, the same run on fresh folders, without a history, which works beside a step. A step is the time
 * between two PolicyUpdated records; the first three of a round warm up. Both must end with the same policies.
 */
import { deepStrictEqual } from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Console, Effect, Layer } from "effect"
import { layerLocal } from "../../platform/blobs/local.ts"
import { History } from "../../platform/history/history.ts"
import type { EventLog, LogError } from "../../platform/log/event-log.ts"
import { layerKafka } from "../../platform/log/kafka.ts"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import { type Base, loadBase, miniatureBase } from "../cli/base.ts"
import { beginRun } from "../cli/begin-run.ts"
import { openDataFolder } from "../cli/data-folder.ts"
import { computing } from "../cli/embedded.ts"
import { findExample } from "../cli/examples.ts"
import { configOf, defaultExample } from "../cli/presets.ts"
import { stoppingLayer } from "../cli/stopping.ts"
import { benchBroker, sayResult } from "./kafka/bench-broker.ts"
import { median } from "./peers/tool-line.ts"
import { quietReporter } from "./quiet-reporter.ts"
import { recordedPolicies, stepMillis } from "./recorded-policies.ts"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, steps: { type: "string", default: "20" } }
})
const rounds = Number(values.rounds)
const steps = Number(values.steps)
const warmUp = 3
const asked = 1.25

const noHistory = Layer.succeed(History, {
  follow: () => Effect.succeed({ drain: Effect.void }),
  flush: Effect.void,
  query: () => Effect.succeed(""),
  answer: () => Effect.succeed(new Uint8Array())
})

/** A run of the real size whose tests are next to nothing. */
const configured = Effect.fn("kafkaStep.configured")(function* (base: Base) {
  const prompts = [yield* findExample(defaultExample)] as const
  const model = { name: "miniature", hash: base.weightsHash }
  const settings = yield* configOf({ preset: "mini", prompts, model, steps, seed: 1, testSeed: 77 })
  const evaluation = { ...settings.evaluation, everySteps: steps, problemsPerFamily: 1, samples: 1 }
  return new RunConfig({ ...settings, evaluation })
})

const cpuSeconds = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1e6
}

/** One run in a folder of its own: a step's median milliseconds, and which policies it made. */
const round = Effect.fn("kafkaStep.round")(function* (
  base: Base,
  config: RunConfig,
  path: string,
  log: Layer.Layer<EventLog, LogError>
) {
  const folder = yield* openDataFolder(path)
  const began = cpuSeconds()
  const policies = yield* Effect.gen(function* () {
    const { run } = yield* beginRun({ config, base, folder, reporter: quietReporter })
    return yield* recordedPolicies(run.runId)
  }).pipe(Effect.provide(Layer.mergeAll(log, noHistory, computing(base, config, layerLocal(folder.blobs)))))
  return {
    step: median(stepMillis(policies).slice(warmUp)),
    cpu: (cpuSeconds() - began) / steps,
    hashes: policies.map(({ hash }) => hash)
  }
})

const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))

const program = Effect.fn("kafkaStep")(function* (brokers: string, scratch: string) {
  const base = yield* loadBase(miniatureBase)
  const config = yield* configured(base)
  const pairs: Array<{ readonly lmdb: number; readonly kafka: number; readonly cpu: number }> = []
  for (let i = 0; i < rounds; i++) {
    const path = (name: string) => join(scratch, `${name}-${i}`)
    const overLmdb = round(base, config, path("lmdb"), layerLmdb(join(path("lmdb"), "log")))
    const overKafka = round(base, config, path("kafka"), layerKafka({ brokers: [brokers], clientId: "bench" }))
    // Who goes second finds a warmer process and a busier disk.
    const kafkaFirst = i % 2 === 1 ? yield* overKafka : null
    const lmdb = yield* overLmdb
    const kafka = kafkaFirst ?? (yield* overKafka)
    deepStrictEqual(kafka.hashes, lmdb.hashes, "other policies over Kafka than over lmdb")
    pairs.push({ lmdb: lmdb.step, kafka: kafka.step, cpu: kafka.cpu / lmdb.cpu })
    yield* Console.log(
      `round ${i + 1}: lmdb ${lmdb.step.toFixed(0)} ms a step, Kafka ${kafka.step.toFixed(0)} ms, ratio ${(kafka.step / lmdb.step).toFixed(2)}; processor ${lmdb.cpu.toFixed(2)} and ${kafka.cpu.toFixed(2)} s a step`
    )
  }
  return pairs
})

const broker = await benchBroker()
const scratch = mkdtempSync(join(tmpdir(), "onefold-bench-"))
const pairs = await Effect.runPromise(
  program(broker.brokers, scratch).pipe(Effect.provide(stoppingLayer(() => process.exit(130))))
)
rmSync(scratch, { recursive: true, force: true })
await broker.stop()
sayResult({
  bench: "kafka-step",
  steps,
  rounds,
  lmdbMillis: median(pairs.map(({ lmdb }) => lmdb)),
  kafkaMillis: median(pairs.map(({ kafka }) => kafka)),
  ratio: rounded(median(pairs.map(({ kafka, lmdb }) => kafka / lmdb))),
  cpuRatio: rounded(median(pairs.map(({ cpu }) => cpu))),
  asked: `at most ${asked}`,
  samePolicies: true
})
process.exit()
