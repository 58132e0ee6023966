/**
 * kafkajs as it comes, without our log around it: what kafka-log measures the log against. Written and read as a plain
 * user of the library would: an idempotent producer that waits for all copies, one request at a time, and a consumer of
 * committed records with the library's own loop.
 */
import { type Consumer, Kafka, logLevel, type Producer } from "kafkajs"

export interface BareRecord {
  readonly key: string
  readonly value: Uint8Array
}

export class BareKafkajs {
  readonly #kafka: Kafka
  #producer: Promise<Producer> | undefined

  constructor(brokers: string) {
    this.#kafka = new Kafka({ brokers: [brokers], clientId: "bench-bare", logLevel: logLevel.ERROR })
  }

  async #connected(): Promise<Producer> {
    const producer = this.#kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
    await producer.connect()
    return producer
  }

  /** Writes these records to partition 0, in one request. */
  async send(topic: string, records: ReadonlyArray<BareRecord>): Promise<void> {
    this.#producer ??= this.#connected()
    const messages = records.map(({ key, value }) => ({
      partition: 0,
      key: Buffer.from(key),
      value: Buffer.from(value.buffer, value.byteOffset, value.length)
    }))
    await (await this.#producer).send({ topic, acks: -1, messages })
  }

  /**
   * Reads a topic from its start, in a group of its own, until so many records came. Milliseconds from the first batch
   * to the last.
   *
   * @param batchBytes what a fetch asks for at most
   */
  async consume(topic: string, count: number, batchBytes: number): Promise<number> {
    const consumer: Consumer = this.#kafka.consumer({
      groupId: `${topic}-bare`,
      allowAutoTopicCreation: false,
      maxBytesPerPartition: batchBytes
    })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    let [begun, seen] = [0, 0]
    const took = await new Promise<number>((resolve) => {
      void consumer.run({
        eachBatch: async ({ batch }) => {
          if (seen === 0) begun = performance.now()
          seen += batch.messages.length
          if (seen >= count) resolve(performance.now() - begun)
        }
      })
    })
    await consumer.disconnect()
    return took
  }

  async close(): Promise<void> {
    await (await this.#producer)?.disconnect()
  }
}
