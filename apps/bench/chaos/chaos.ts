/**
 * One run that workers conduct over Kafka while workers are killed and the broker is restarted; and what became of it,
 * beside the same run undisturbed in one process. The script `chaos` and its test both stand on this.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Logger, Schema } from "effect"
import type { KafkaUnavailable } from "../../../deploy/local/kafka.ts"
import { sequence } from "../../../learning/random/sequence.ts"
import { layerKafka } from "../../../platform/log/kafka.ts"
import { RunId } from "../../../schemas/ids.ts"
import { readResultLine } from "../../cli/report/result.ts"
import { eventsOf, recordsOf } from "../killed-run.ts"
import { noProgress, type Progress } from "./in-flight.ts"
import { Broker, onefold, Workers } from "./processes.ts"
import { type RawEvent, rawTopics } from "./raw-topics.ts"
import { type Dose, type Landed, plannedBlows, storming, untilStep } from "./storm.ts"
import { tallied } from "./tally.ts"

export interface Chaos extends Dose {
  readonly seed: number
  /** An empty folder of its own. */
  readonly scratch: string
  readonly tell: (word: Readonly<Record<string, unknown>>) => void
}

export interface Result extends Landed {
  readonly type: "result"
  readonly finished: boolean
  readonly lost: number
  readonly duplicates: number
  readonly hashEqual: boolean
  /** Workers that ended by themselves. */
  readonly faults: number
  readonly events: number
  readonly seconds: number
}

export const isSound = ({ duplicates, faults, finished, hashEqual, lost }: Result): boolean =>
  finished && hashEqual && lost + duplicates + faults === 0

/** Of each worker's kind. */
const workersEach = 2

/** How long the run may take after the last blow. */
const lastMinutes = 10

const runFlags = ({ seed, steps }: Chaos): ReadonlyArray<string> => [
  ...["--preset", "smoke", "--steps", String(steps), "--seed", String(seed)],
  ...["--validation", "none", "--json"]
]

/** The same run in one process, with nobody in its way: its last policy, and its events without the run's name. */
const undisturbed = async (chaos: Chaos) => {
  const dataDir = join(chaos.scratch, "quiet")
  const lines = await onefold(["run", "--data-dir", dataDir, ...runFlags(chaos)])
  const { run, weightsSha256 } = await Effect.runPromise(readResultLine(lines.at(-1) ?? ""))
  const ids = [...eventsOf(await recordsOf(dataDir)).keys()].map((id) => id.slice(run.length))
  return { weightsSha256, ids }
}

const readSubmitted = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ run: RunId })))

/** What happens from the moment the run is submitted until it is over. */
const disturbed = (chaos: Chaos, broker: Broker, workers: Workers, runId: RunId, progress: Progress) =>
  Effect.gen(function* () {
    const storm = { runId, workers, broker, progress, tell: chaos.tell }
    const landed = yield* storming(storm, plannedBlows(sequence(chaos.seed, 11), chaos))
    chaos.tell({ type: "calm", step: progress.step, ...landed })
    yield* Effect.timeoutOption(untilStep(progress, Number.POSITIVE_INFINITY), `${lastMinutes} minutes`)
    return landed
  }).pipe(
    Effect.provide(layerKafka({ brokers: [broker.address], clientId: "chaos" })),
    Effect.provide(Layer.mergeAll(Logger.layer([])))
  )

/** Tells what is wrong, in detail: the result has numbers only. */
const tellWrong = ({ tell }: Chaos, workers: Workers, lost: ReadonlyArray<string>, twice: ReadonlyArray<string>) => {
  for (const id of lost.slice(0, 20)) tell({ type: "lost", id })
  for (const id of twice.slice(0, 20)) tell({ type: "duplicate", id })
  for (const fault of workers.faults) tell({ type: "fault", ...fault })
}

const policyOf = (events: ReadonlyArray<RawEvent>): string | null =>
  events.find(({ kind }) => kind === "run-finished")?.fields.policyHash ?? null

/** Runs it all on a broker that has just started. */
const onBroker = async (chaos: Chaos, broker: Broker): Promise<Result> => {
  const begun = performance.now()
  const { scratch, tell } = chaos
  const expected = await undisturbed(chaos)
  tell({ type: "reference", weightsSha256: expected.weightsSha256, events: expected.ids.length })
  const blobs = join(scratch, "blobs")
  mkdirSync(blobs)
  await onefold(["topics", "create", "--brokers", broker.address])
  const shared = ["--brokers", broker.address, "--blobs", blobs]
  const workers = new Workers(scratch, shared, workersEach)
  try {
    const submitted = await onefold(["submit", "--data-dir", join(scratch, "asker"), ...shared, ...runFlags(chaos)])
    const { run } = readSubmitted(submitted.find((line) => line.includes('"submitted"')) ?? "null")
    tell({ type: "submitted", run })
    const progress = noProgress()
    const landed = await Effect.runPromise(disturbed(chaos, broker, workers, run, progress))
    if (progress.failed !== null) tell({ type: "failed", detail: progress.failed })
    await workers.stop()
    const events = await rawTopics(broker.address)
    const { duplicates, lost } = tallied(
      events,
      expected.ids.map((id) => `${run}${id}`)
    )
    tellWrong(chaos, workers, lost, duplicates)
    return {
      ...{ type: "result", ...landed, finished: progress.finished },
      ...{ lost: lost.length, duplicates: duplicates.length },
      ...{ hashEqual: policyOf(events) === expected.weightsSha256, faults: workers.faults.length },
      ...{ events: events.length, seconds: Math.round((performance.now() - begun) / 1000) }
    }
  } finally {
    workers.end()
  }
}

/** The whole of it, or why there can be no broker here. */
export const chaosRun = async (chaos: Chaos): Promise<Result | KafkaUnavailable> => {
  const broker = await Broker.start(join(chaos.scratch, "kafka"))
  if (!(broker instanceof Broker)) return broker
  try {
    return await onBroker(chaos, broker)
  } finally {
    await broker.stop()
  }
}
