/** The witness over a real broker. Skipped, aloud, where there is no Java; with CI=true that is a failure. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Kafka, logLevel } from "kafkajs"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"
import { describeOver } from "../../../deploy/local/servers.fixture.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerKafka } from "../../../platform/log/kafka.ts"
import { draftOf } from "../../../platform/stream/deliver.ts"
import { topics } from "../../../schemas/catalogue.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { rawTopics } from "./raw-topics.ts"
import { idOf, tallied } from "./tally.ts"

const { RolloutGraded, RolloutGenerated, RolloutRequested, RunFinished } = goldenEvents

/** Writes an event in a transaction that is then called off. */
const callOff = async (brokers: string): Promise<void> => {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: "called-off", idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  const { topic, value } = draftOf(RunFinished)
  await transaction.send({ topic, messages: [{ partition: 0, value: Buffer.from(value) }] })
  await transaction.abort()
  await producer.disconnect()
}

const overKafka = ({ brokers }: LocalKafka): void => {
  it.live("given one event twice, one called off and most never written, then it sees just that, each time", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.createTopics(topics)
      const written = [RolloutRequested, RolloutGenerated, RolloutGraded, RolloutGraded]
      for (const event of written) yield* log.append([draftOf(event)])
      yield* Effect.promise(() => callOff(brokers))
      // In one transaction over several topics.
      yield* log.append([draftOf(RolloutRequested), draftOf(goldenEvents.PolicyUpdated)])
      for (let i = 0; i < 2; i++) {
        const events = yield* Effect.promise(() => rawTopics(brokers))
        const expected = [...written, RolloutRequested, goldenEvents.PolicyUpdated].map(({ eventId }) => eventId)
        assert.deepStrictEqual(events.map(idOf).sort(), expected.sort())
        const { duplicates, lost } = tallied(events)
        assert.deepStrictEqual([...duplicates].sort(), [RolloutGraded.eventId, RolloutRequested.eventId].sort())
        assert.include(lost, `${RolloutRequested.runId}/0/grade/two:0/64`)
        assert.notInclude(lost, RolloutGenerated.eventId)
      }
    }).pipe(Effect.provide(layerKafka({ brokers: [brokers], clientId: "test" })))
  )
}

await describeOver("the witness of raw topics", startKafka(), overKafka)
