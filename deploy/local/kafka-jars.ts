/**
 * Kafka's jars: what a broker on this machine runs from.
 */
import { jarsOf, type Unavailable } from "./jars.ts"

export const KAFKA_VERSION = "4.1.0"

/** A broker cannot be had on this machine. */
export interface KafkaUnavailable extends Unavailable {
  readonly _tag: "KafkaUnavailable"
}

/** The folder that holds the jars (43 MB), or why there is none. */
export function kafkaJars(): string | KafkaUnavailable {
  const jars = jarsOf({
    name: `Kafka ${KAFKA_VERSION}`,
    folder: `kafka-${KAFKA_VERSION}`,
    libraries: [
      { group: "org.apache.kafka", artifact: "kafka_2.13", version: KAFKA_VERSION },
      { group: "org.slf4j", artifact: "slf4j-simple", version: "1.7.36" }
    ]
  })
  return typeof jars === "string" ? jars : { _tag: "KafkaUnavailable", ...jars }
}
