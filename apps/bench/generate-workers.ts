/**
 * Rollouts a second of two generate workers against one, each a process with one thread, over a local broker.
 *
 *   npm run bench -- generate-workers [--seconds 30] [--rounds 2]
 *
 * A run of very large batches is submitted that nobody schedules; cohorts of it are asked for here, each the size of a
 * step of the miniature, as many for each partition of rollouts.requested, so that nobody runs out of work before the
 * others. Counted are the rollouts between the first and the last record of a round, in alternating order. `--seconds` is
 * about what all rounds together take at the work itself.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect, Schema, type Scope, Stream } from "effect"
import { EventLog, type LogError } from "../../platform/log/event-log.ts"
import { layerKafka } from "../../platform/log/kafka.ts"
import { partitionOf } from "../../platform/log/partition.ts"
import { draftOf } from "../../platform/stream/deliver.ts"
import { catalogue } from "../../schemas/catalogue.ts"
import { Step } from "../../schemas/ids.ts"
import { RolloutRequested } from "../../schemas/rollout-requested.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { publish } from "../cli/conduct.ts"
import { configOfRun, findRun } from "../cli/recorded.ts"
import { benchBroker, sayResult } from "./kafka/bench-broker.ts"
import { type CommandProcess, startCommand } from "./kafka/command-process.ts"
import { measuredCommand } from "./measured-command.ts"
import { median } from "./peers/tool-line.ts"

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "30" }, rounds: { type: "string", default: "2" } }
})
const rounds = Number(values.rounds)
/** Of one round of one count of workers. */
const roundSeconds = Number(values.seconds) / rounds / 2
/** Rollouts of a cohort, as a step of the miniature asks for them. */
const samples = 64
/** Cohorts that a step of the run has: workers set aside what lies beyond. */
const mostCohorts = 512
const asked = 1.7

const requested = catalogue.RolloutRequested.topic
const generated = catalogue.RolloutGenerated.topic

interface Asked {
  readonly started: RunStarted
  readonly promptId: string
}

let nextStep = 0

/** So many cohorts for each partition, of a step that was not asked for before. */
const cohortsOf = ({ promptId, started }: Asked, perPartition: number): ReadonlyArray<RolloutRequested> => {
  const step = Step.make(nextStep++)
  const places = Array.from({ length: requested.partitions }, () => 0)
  const cohorts: Array<RolloutRequested> = []
  for (let cohort = 0; cohorts.length < perPartition * requested.partitions; cohort++) {
    const { baseHash: policyHash, runId } = started
    const prompts = [{ promptId, firstSample: cohort * samples, samples }]
    const event = new RolloutRequested({ runId, causes: [], step, cohort, policyHash, prompts })
    const partition = partitionOf(draftOf(event).key, requested.partitions)
    if (places[partition] === perPartition) continue
    places[partition]++
    cohorts.push(event)
  }
  return cohorts
}

/** Rollouts a second, from the first record to the last. */
const measure = Effect.fn("generateWorkers.measure")(function* (
  of: Asked,
  perPartition: number
): Effect.fn.Return<number, LogError, EventLog | Scope.Scope> {
  const log = yield* EventLog
  const cohorts = cohortsOf(of, perPartition)
  const from = (yield* log.endOffsets(generated.name)).map((offset, partition) => {
    return { topic: generated.name, partition, offset }
  })
  yield* publish(...cohorts)
  const times: Array<number> = []
  const tail = Stream.take(log.tail([generated.name], from), cohorts.length * samples)
  yield* Stream.runForEach(tail, ({ timestamp }) => Effect.sync(() => times.push(timestamp)))
  const [first, last] = [Math.min(...times), Math.max(...times)]
  // What was there at the first moment took its time before it.
  return (1000 * times.filter((time) => time > first).length) / (last - first)
}, Effect.scoped)

/** Starts and stops workers until there are so many, each with its share of the partitions. */
const crew = (cluster: ReadonlyArray<string>, scratch: string) => {
  const workers: Array<CommandProcess> = []
  const have = async (count: number): Promise<void> => {
    while (workers.length > count) await workers.pop()?.stop()
    while (workers.length < count) {
      const own = ["--threads", "1", "--data-dir", join(scratch, `worker-${workers.length}`)]
      const worker = startCommand(["worker", "generate", ...cluster, ...own], `"type":"ready"`)
      workers.push(worker)
      await worker.line
    }
  }
  return { have, cpuSeconds: () => workers.reduce((sum, worker) => sum + worker.cpuSeconds(), 0) }
}

interface Rate {
  readonly perSecond: number
  /** How many the workers kept busy: less than they have threads means that they waited, or others had them. */
  readonly processors: number
}

const Submitted = Schema.fromJsonString(Schema.Struct({ run: Schema.String }))

/** A run that lies there for workers to know. */
const submit = Effect.fn("generateWorkers.submit")(function* (cluster: ReadonlyArray<string>, scratch: string) {
  const dir = ["--data-dir", join(scratch, "submit")]
  const batch = [
    "--group-size",
    String(samples),
    ...["--copies", "--cohorts", "--shards"].flatMap((flag) => [flag, String(mostCohorts)])
  ]
  const job = ["--preset", "mini", "--validation", "none", "--steps", "1000", ...batch]
  const { lines } = measuredCommand(["submit", ...job, ...cluster, ...dir])
  const { run } = yield* Schema.decodeUnknownEffect(Submitted)(lines.find((line) => line.includes(`"submitted"`)))
  const found = yield* findRun(run)
  const { prompts } = yield* configOfRun(found)
  const asking: Asked = { started: found.started, promptId: prompts[0].promptId }
  return asking
})

const program = Effect.fn("generateWorkers")(function* (brokers: string, scratch: string) {
  const cluster = ["--brokers", brokers, "--blobs", join(scratch, "blobs"), "--json"]
  measuredCommand(["topics", "create", "--brokers", brokers, "--json"])
  const of = yield* submit(cluster, scratch)
  const workers = crew(cluster, scratch)
  const have = Effect.fn("generateWorkers.have")(function* (count: number) {
    yield* Effect.promise(() => workers.have(count))
    // Loads the model everywhere.
    return yield* measure(of, 2)
  })
  yield* have(1)
  const firstGuess = yield* measure(of, 4)
  const each: Record<number, Array<Rate>> = { 1: [], 2: [] }
  for (let i = 0; i < rounds; i++)
    for (const count of i % 2 === 0 ? [1, 2] : [2, 1]) {
      yield* have(count)
      const enough = Math.ceil((firstGuess * roundSeconds * count) / samples / requested.partitions)
      const perPartition = Math.min(Math.max(3, enough), mostCohorts / requested.partitions)
      const [began, cpu] = [performance.now(), workers.cpuSeconds()]
      const perSecond = yield* measure(of, perPartition)
      const processors = (1000 * (workers.cpuSeconds() - cpu)) / (performance.now() - began)
      each[count].push({ perSecond, processors })
      const busy = `${processors.toFixed(2)} processors busy`
      process.stdout.write(`round ${i + 1}: ${count} of them, ${perSecond.toFixed(0)} rollouts a second, ${busy}\n`)
    }
  yield* Effect.promise(() => workers.have(0))
  return each
})

const broker = await benchBroker()
const scratch = mkdtempSync(join(tmpdir(), "onefold-bench-"))
const { 1: one, 2: two } = await Effect.runPromise(
  Effect.provide(program(broker.brokers, scratch), layerKafka({ brokers: [broker.brokers], clientId: "bench" }))
)
await broker.stop()
rmSync(scratch, { recursive: true, force: true })
sayResult({
  bench: "generate-workers",
  rounds,
  unit: "rollouts a second",
  one: Math.round(median(one.map(({ perSecond }) => perSecond))),
  two: Math.round(median(two.map(({ perSecond }) => perSecond))),
  processors: [one, two].map((each) => Number(median(each.map(({ processors }) => processors)).toFixed(2))),
  ratio: Number(median(two.map(({ perSecond }, i) => perSecond / one[i].perSecond)).toFixed(2)),
  asked: `at least ${asked}`
})
process.exit()
