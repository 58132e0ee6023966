/**
 * The log's throughput over Kafka against a bare kafkajs producer and consumer: the same records, in the same batches,
 * to one partition, idempotent, acknowledged by all copies.
 *
 *   npm run bench -- kafka-log [--rounds 3] [--megabytes 64]
 *
 *   produce   EventLog.append of one batch after another, against producer.send
 *   consume   EventLog.consume by a handler that writes nothing, against consumer.run; from the first batch to the last.
 *             What led to nothing is committed now and then, by either
 *   read      EventLog.read of the partition, against the same consumer; from the call to the end
 */
import { parseArgs } from "node:util"
import { Deferred, Effect, Stream } from "effect"
import { EventLog } from "../../platform/log/event-log.ts"
import { layerKafka } from "../../platform/log/kafka.ts"
import { BareKafkajs, type BareRecord } from "./kafka/bare-kafkajs.ts"
import { benchBroker, freshTopic, sayResult } from "./kafka/bench-broker.ts"
import { median } from "./peers/tool-line.ts"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, megabytes: { type: "string", default: "64" } }
})
const rounds = Number(values.rounds)
const totalBytes = Number(values.megabytes) * 1024 * 1024
/** Bytes that a request carries, and what a fetch asks for and a batch holds at most. */
const batchBytes = 512 * 1024
const fetchBytes = 4 * 1024 * 1024
const asked = 0.8

const sizes = [1024, 16 * 1024, 256 * 1024]

interface Load {
  readonly count: number
  readonly batch: ReadonlyArray<BareRecord>
}

const loadOf = (size: number): Load => {
  // 1 KB records are many: fewer of them take as long.
  const bytes = size === 1024 ? totalBytes / 4 : totalBytes
  const batch = Array.from({ length: batchBytes / size }, (_, i) => ({
    key: `run/step/${i}`,
    value: new Uint8Array(size).fill(i)
  }))
  return { count: bytes / size, batch }
}

const millisOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const begun = performance.now()
    return Effect.map(effect, () => performance.now() - begun)
  })

const times = ({ batch, count }: Load): number => count / batch.length

const ownProduce = Effect.fn("kafkaLog.ownProduce")(function* (topic: string, load: Load) {
  const log = yield* EventLog
  const drafts = load.batch.map((record) => ({ ...record, topic }))
  yield* log.append(drafts)
  return yield* millisOf(Effect.repeat(log.append(drafts), { times: times(load) - 2 }))
})

const bareProduce = (bare: BareKafkajs, topic: string, load: Load) =>
  Effect.promise(async () => {
    await bare.send(topic, load.batch)
    const begun = performance.now()
    for (let i = 1; i < times(load); i++) await bare.send(topic, load.batch)
    return performance.now() - begun
  })

const ownConsume = Effect.fn("kafkaLog.ownConsume")(function* (topic: string, size: number, count: number) {
  const log = yield* EventLog
  const done = yield* Deferred.make<number>()
  let [begun, seen] = [0, 0]
  const consuming = log.consume({
    group: `${topic}-own`,
    topics: [topic],
    maxBatch: fetchBytes / size,
    handle: ({ records }) =>
      Effect.suspend(() => {
        if (seen === 0) begun = performance.now()
        seen += records.length
        return seen >= count ? Deferred.succeed(done, performance.now() - begun) : Effect.void
      }).pipe(Effect.as([]))
  })
  return yield* Effect.raceFirst(Deferred.await(done), consuming)
})

const ownRead = (topic: string) => Effect.flatMap(EventLog, (log) => millisOf(Stream.runDrain(log.read(topic, 0, 0))))

type Measure = "produce" | "consume" | "read"

/** Seconds of the log and of kafkajs, each on a topic of its own. */
const round = Effect.fn("kafkaLog.round")(function* (bare: BareKafkajs, size: number, ownFirst: boolean) {
  const log = yield* EventLog
  const load = loadOf(size)
  const [own, theirs] = [freshTopic("own"), freshTopic("bare")]
  yield* log.createTopics([own, theirs].map((name) => ({ name, partitions: 1 })))
  const pair = <E, R>(ours: Effect.Effect<number, E, R>, others: Effect.Effect<number>) =>
    Effect.gen(function* () {
      const early = ownFirst ? yield* ours : null
      const bareMillis = yield* others
      return { own: early ?? (yield* ours), bare: bareMillis }
    })
  const bareConsume = (topic: string) => Effect.promise(() => bare.consume(topic, load.count, fetchBytes))
  const produce = yield* pair(ownProduce(own, load), bareProduce(bare, theirs, load))
  const consume = yield* pair(ownConsume(own, size, load.count), bareConsume(theirs))
  const read = { own: yield* ownRead(own), bare: consume.bare }
  return { produce, consume, read }
})

const summary = (size: number, each: ReadonlyArray<Effect.Success<ReturnType<typeof round>>>) => {
  const { count } = loadOf(size)
  const of = (measure: Measure) => {
    const rate = (millis: number) => Number(((count * size) / 1e3 / millis).toFixed(1))
    const ratio = median(each.map((times) => times[measure].bare / times[measure].own))
    return {
      own: rate(median(each.map((times) => times[measure].own))),
      bare: rate(median(each.map((times) => times[measure].bare))),
      ratio: Number(ratio.toFixed(2))
    }
  }
  return { kilobytes: size / 1024, produce: of("produce"), consume: of("consume"), read: of("read") }
}

const program = Effect.fn("kafkaLog")(function* (brokers: string) {
  const bare = new BareKafkajs(brokers)
  const found: Array<ReturnType<typeof summary>> = []
  for (const size of sizes) {
    const each: Array<Effect.Success<ReturnType<typeof round>>> = []
    for (let i = 0; i < rounds; i++) each.push(yield* round(bare, size, i % 2 === 0))
    const line = summary(size, each)
    found.push(line)
    process.stdout.write(`${line.kilobytes} KB records, MB/s: ${JSON.stringify(line)}\n`)
  }
  yield* Effect.promise(() => bare.close())
  return found
})

const broker = await benchBroker()
const found = await Effect.runPromise(
  Effect.provide(program(broker.brokers), layerKafka({ brokers: [broker.brokers], clientId: "bench" }))
)
await broker.stop()
sayResult({ bench: "kafka-log", rounds, unit: "MB/s", asked: `at least ${asked}`, records: found })
process.exit()
