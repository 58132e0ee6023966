/**
 * The broker of a benchmark: one of its own on this machine, gone with the benchmark.
 */
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"

/** Ends the process with a word where there is no Java or no Maven. */
export const benchBroker = async (): Promise<LocalKafka> => {
  const kafka = await startKafka()
  if (kafka._tag === "LocalKafka") return kafka
  process.stderr.write(`no broker to measure: ${kafka.why}. To mend it: ${kafka.mend}\n`)
  process.exit(1)
}

/** A topic name that no other round used. */
export const freshTopic = (word: string): string => `${word}-${process.pid}-${performance.now().toFixed(0)}`

export const sayResult = (result: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ type: "result", ...result })}\n`)
}
