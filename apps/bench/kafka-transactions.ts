/**
 * What a transaction costs: events a second that one partition of a consumed topic lets through, by size of batch.
 *
 *   npm run bench -- kafka-transactions [--rounds 3]
 *
 * Every event of 1 KB leads to one of 1 KB; a batch's outputs and its offset are one transaction, one after the other.
 */
import { parseArgs } from "node:util"
import { Deferred, Effect } from "effect"
import { EventLog } from "../../platform/log/event-log.ts"
import { layerKafka } from "../../platform/log/kafka.ts"
import { benchBroker, freshTopic, sayResult } from "./kafka/bench-broker.ts"
import { median } from "./peers/tool-line.ts"

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } })
const rounds = Number(values.rounds)
const batchSizes = [1, 16, 256]
const transactions = 60

/** Milliseconds of a transaction, with so many events in each. */
const round = Effect.fn("kafkaTransactions.round")(function* (maxBatch: number) {
  const log = yield* EventLog
  const [input, output] = [freshTopic("input"), freshTopic("output")]
  yield* log.createTopics([input, output].map((name) => ({ name, partitions: 1 })))
  const drafts = Array.from({ length: maxBatch }, (_, i) => ({
    topic: input,
    key: `run/step/${i}`,
    value: new Uint8Array(1024).fill(i)
  }))
  for (let i = 0; i <= transactions; i++) yield* log.append(drafts)
  const done = yield* Deferred.make<number>()
  let [begun, batches] = [0, 0]
  const consuming = log.consume({
    group: `${input}-group`,
    topics: [input],
    maxBatch,
    handle: ({ records }) =>
      Effect.suspend(() => {
        if (batches === 0) begun = performance.now()
        batches++
        return batches > transactions ? Deferred.succeed(done, performance.now() - begun) : Effect.void
      }).pipe(Effect.as(records.map(({ key, value }) => ({ topic: output, key, value }))))
  })
  return (yield* Effect.raceFirst(Deferred.await(done), consuming)) / transactions
})

const broker = await benchBroker()
const found = await Effect.runPromise(
  Effect.gen(function* () {
    const each = new Map<number, Array<number>>(batchSizes.map((size) => [size, []]))
    for (let i = 0; i < rounds; i++) for (const size of batchSizes) each.get(size)?.push(yield* round(size))
    return [...each].map(([batch, millis]) => ({
      batch,
      transactionMillis: Number(median(millis).toFixed(1)),
      eventsPerSecond: Math.round((1000 * batch) / median(millis))
    }))
  }).pipe(Effect.provide(layerKafka({ brokers: [broker.brokers], clientId: "bench" })))
)
await broker.stop()
sayResult({ bench: "kafka-transactions", rounds, transactions, batches: found })
process.exit()
