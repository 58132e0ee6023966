/**
 * How fast the log is: `node apps/bench/log.ts [--dir DIR] [--kafka HOST:PORT]`. Prints one line for each measure.
 *
 *   append    MB/s of records appended eight at a time, and read back
 *   latency   of one append of one record of 2 KB, and of one of twelve over three topics
 *   stage     from an append until what a consumer made of it can be read: its batch, its commit, its tail
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect, Fiber, type Layer, Queue, Stream } from "effect"
import { type Draft, EventLog, type LogError } from "../../platform/log/event-log.ts"
import { layerKafka } from "../../platform/log/kafka.ts"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { layerMemory } from "../../platform/log/memory.ts"

const { values: options } = parseArgs({ options: { dir: { type: "string" }, kafka: { type: "string" } } })

const rounds = 300
const throughputBytes = 128 * 1024 * 1024

const quantile = (sorted: ReadonlyArray<number>, share: number): string =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2)

const spread = (times: ReadonlyArray<number>): string => {
  const sorted = times.toSorted((a, b) => a - b)
  return `median ${quantile(sorted, 0.5)} ms, p95 ${quantile(sorted, 0.95)} ms, p99 ${quantile(sorted, 0.99)} ms`
}

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(effect, () => performance.now() - start)
  })

const draft = (topic: string, key: number, bytes: number): Draft => ({
  topic,
  key: `run/step/${key}`,
  value: new Uint8Array(bytes).fill(key),
  headers: { writer: "bench" }
})

const throughput = Effect.fn("bench.throughput")(function* (topic: string, bytes: number) {
  const log = yield* EventLog
  const appends = Math.ceil(throughputBytes / bytes / 8)
  const batch = Array.from({ length: 8 }, (_, key) => draft(topic, key, bytes))
  const write = yield* timed(Effect.repeat(log.append(batch), { times: appends - 1 }))
  const partitions = (yield* log.endOffsets(topic)).map((_, partition) => partition)
  const read = yield* timed(
    Effect.forEach(partitions, (partition) => Stream.runDrain(log.read(topic, partition, 0)), { discard: true })
  )
  const rate = (millis: number): string => `${((appends * 8 * bytes) / 1e3 / millis).toFixed(0)} MB/s`
  return `${bytes / 1024} KB records: append ${rate(write)} (${((appends / write) * 1000).toFixed(0)} appends/s), read ${rate(read)}`
})

const latency = Effect.fn("bench.latency")(function* (drafts: ReadonlyArray<Draft>) {
  const log = yield* EventLog
  return spread(yield* Effect.replicateEffect(timed(log.append(drafts)), rounds))
})

const stage = Effect.fn("bench.stage")(function* (input: string, output: string) {
  const log = yield* EventLog
  const consume = log.consume({
    group: `bench ${input}`,
    topics: [input],
    handle: ({ records }) => Effect.succeed(records.map(({ key, value }) => ({ topic: output, key, value })))
  })
  const consumer = yield* Effect.forkChild(consume)
  const seen = yield* Queue.unbounded<number>()
  const from = (yield* log.endOffsets(output)).map((offset, partition) => ({ topic: output, partition, offset }))
  const tail = log.tail([output], from).pipe(Stream.runForEach((record) => Queue.offer(seen, record.offset)))
  const reader = yield* Effect.forkChild(Effect.scoped(tail))
  const once = Effect.andThen(log.append([draft(input, 1, 2048)]), Queue.take(seen))
  yield* once
  const times = yield* Effect.replicateEffect(timed(once), rounds)
  yield* Fiber.interruptAll([consumer, reader])
  return spread(times)
})

const bench = Effect.fn("bench")(function* (name: string) {
  const log = yield* EventLog
  const say = (line: string) => Effect.sync(() => console.log(`${name}: ${line}`))
  const suffix = `${process.pid}`
  const topics = ["large", "small", "one", "two", "three", "input", "output"].map((topic) => `bench-${topic}-${suffix}`)
  const [large, small, one, two, three, input, output] = topics
  yield* log.createTopics(topics.map((topic) => ({ name: topic, partitions: 4 })))
  yield* say(`append of one record of 2 KB: ${yield* latency([draft(one, 1, 2048)])}`)
  const twelve = [one, two, three].flatMap((topic) => [0, 1, 2, 3].map((key) => draft(topic, key, 2048)))
  yield* say(`append of twelve, over three topics: ${yield* latency(twelve)}`)
  yield* say(`append, consume, commit, tail: ${yield* stage(input, output)}`)
  yield* say(yield* throughput(large, 256 * 1024))
  yield* say(yield* throughput(small, 1024))
})

const run = (name: string, layer: Layer.Layer<EventLog, LogError>): Promise<void> =>
  Effect.runPromise(Effect.provide(bench(name), layer))

const dir = mkdtempSync(join(options.dir ?? tmpdir(), "onefold-bench-log-"))
try {
  await run("memory", layerMemory)
  await run("lmdb", layerLmdb(dir))
  if (options.kafka !== undefined) {
    await run("kafka", layerKafka({ brokers: [options.kafka], clientId: "bench" }))
  }
} finally {
  rmSync(dir, { recursive: true })
}
