/** The main job over a real broker. Skipped, aloud, where there is no Java; with CI=true that is a failure. */
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type LocalKafka, startKafka } from "../../deploy/local/kafka.ts"
import { describeOver, running } from "../../deploy/local/servers.fixture.ts"
import { type KafkaConnection, layerKafka } from "../../platform/log/kafka.ts"
import { createMissingTopics } from "../../platform/log/kafka-topics.ts"
import { noChoices } from "../../platform/log/topic-settings.ts"
import { eventsOf, records, recordsOf } from "../bench/killed-run.ts"
import { quietReporter } from "../bench/quiet-reporter.ts"
import { loadBase, miniatureBase } from "./base.ts"
import { beginRun } from "./begin-run.ts"
import type { BenchmarkFlags } from "./benchmark-flags.ts"
import { logTopics } from "./cluster/topics-command.ts"
import { openDataFolder } from "./data-folder.ts"
import { services } from "./embedded.ts"
import { findExample } from "./examples.ts"
import { configOf, defaultExample } from "./presets.ts"
import { findRun } from "./recorded.ts"
import { replayed } from "./replay/replay.ts"
import { withTests } from "./run-tests.ts"
import { onefold, scratchFolder, smoke } from "./spawned.fixture.ts"
import { stoppingLayer } from "./stopping.ts"
import { summaryOf } from "./summary-of.ts"

const steps = 3
const scratch = scratchFolder()

/** What is asked where nobody says what. */
const noFlags: BenchmarkFlags = {
  ...{ benchmarks: null, benchmarkProtocol: null, benchmarkData: null, benchmarkLimit: null, benchmarksAt: null },
  ...{ validation: null, validationProtocol: null }
}

/** The run through the broker: its weights, and what its log holds. */
const throughKafka = Effect.fn(function* (kafka: KafkaConnection, name: string) {
  const base = yield* loadBase(miniatureBase)
  const folder = yield* openDataFolder(join(scratch, name))
  const model = { name: "miniature", hash: base.weightsHash }
  const prompts = [yield* findExample(defaultExample)] as const
  const plain = yield* configOf({ preset: "smoke", prompts, model, steps, seed: 0, testSeed: 2026 })
  const { config, tests } = yield* withTests(plain, noFlags, undefined, base)
  const sheets = tests.map(({ sheet }) => sheet)
  const log = layerKafka(kafka)
  return yield* Effect.gen(function* () {
    const { ending, run } = yield* beginRun({ config, base, folder, reporter: quietReporter, sheets })
    const { weightsSha256 } = yield* summaryOf(yield* findRun(run.runId), run)
    const { refolded } = yield* replayed({ run: run.runId, to: null, verify: true })
    return { ending, weightsSha256, refolded, kept: yield* records }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        services(folder, base, config, log),
        stoppingLayer(() => process.exit(130))
      )
    )
  )
})

const connectionTo = ({ brokers }: LocalKafka) => ({ brokers: [brokers], clientId: "onefold-test" })

/** One that has no topics, stopped with the test. */
const anotherBroker = Effect.acquireRelease(
  Effect.promise(async () => running(await startKafka())),
  (kafka) => Effect.promise(() => kafka.stop())
).pipe(Effect.map(connectionTo))

const overKafka = (kafka: LocalKafka): void => {
  const dataDir = join(scratch, "lmdb")
  const embedded = onefold(smoke(dataDir, "--steps", String(steps)))

  it.live(
    "given the same run over Kafka and over lmdb, then the same weights and the same events, each once",
    () =>
      Effect.gen(function* () {
        const { ending, kept, refolded, weightsSha256 } = yield* throughKafka(connectionTo(kafka), "kafka")
        assert.strictEqual(ending, "finished")
        assert.deepInclude(refolded, { equal: steps, of: steps, firstDifferent: null }, "folded again from the broker")
        assert.include((yield* Effect.promise(() => embedded)).lines.at(-1), `"weightsSha256":"${weightsSha256}"`)
        assert.deepStrictEqual(eventsOf(kept), eventsOf(yield* Effect.promise(() => recordsOf(dataDir))))
        assert.strictEqual(eventsOf(kept).size, kept.length)
      }),
    120_000
  )

  it.live(
    "given topics that an operator made larger, and gzip, then the same weights and events of the same ids, each once",
    () =>
      Effect.gen(function* () {
        const another = yield* anotherBroker
        const connection: KafkaConnection = { ...another, compression: "gzip" }
        yield* createMissingTopics(connection, logTopics, { ...noChoices, heavy: 6, ordered: 3 })
        const { kept, refolded, weightsSha256 } = yield* throughKafka(connection, "larger")
        assert.deepInclude(refolded, { equal: steps, of: steps, firstDifferent: null })
        assert.include((yield* Effect.promise(() => embedded)).lines.at(-1), `"weightsSha256":"${weightsSha256}"`)
        // Not the same bytes: a run's first event has the ends of all partitions, and every other event names its hash.
        const local = eventsOf(yield* Effect.promise(() => recordsOf(dataDir)))
        assert.deepStrictEqual([...eventsOf(kept).keys()].sort(), [...local.keys()].sort())
        assert.strictEqual(eventsOf(kept).size, kept.length)
      }),
    120_000
  )
}

await describeOver("the main job over Kafka", startKafka(), overKafka)
