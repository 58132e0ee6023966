/**
 * What the log names of a run's folds: the gradients of every step, shard by shard, and what each step came to.
 */
import { Effect, Stream } from "effect"
import type { RecordedFold, RecordedLink } from "../../../pipelines/update/refold.ts"
import { runOf } from "../../../platform/log/codec.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import type { Sha256 } from "../../../schemas/ids.ts"
import type { Fork, RunConfig } from "../../../schemas/run-config.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { eventOf, untilDamage } from "../record.ts"
import type { RecordedRun } from "../recorded.ts"

/** Events of one run in a topic, in each partition up to its first damaged record, which is told. */
export const eventsIn = Effect.fn("replay.eventsIn")(function* (
  { logStart, runId }: RunStarted,
  topic: string,
  damage: Array<string>,
  visit: (event: OnefoldEvent) => void
) {
  const log = yield* EventLog
  for (const partition of (yield* log.endOffsets(topic)).keys()) {
    const from = logStart.find((start) => start.topic === topic && start.partition === partition)?.offset ?? 0
    const own = log
      .read(topic, partition, from)
      .pipe(Stream.filter(({ value }) => [runId, null].includes(runOf(value))))
    yield* untilDamage(
      Stream.runForEach(own, (record) =>
        Effect.map(eventOf(record), (event) => {
          if (event.runId === runId) visit(event)
        })
      ),
      damage
    )
  }
})

type Shards = Map<number, Array<Sha256 | null>>

/** Takes a shard in; the first record of it wins, here as everywhere. */
const withShard = (
  gradients: Shards,
  { gradientHash, shard, shards, step }: { step: number; shard: number; shards: number; gradientHash: Sha256 }
): void => {
  const known = gradients.get(step) ?? Array.from({ length: shards }, () => null)
  known[shard] ??= gradientHash
  gradients.set(step, known)
}

const links = (updates: ReadonlyArray<RecordedLink & { readonly step: number }>): RecordedFold["links"] =>
  new Map(updates.map((update) => [update.step, update]))

export interface RecordedFolds {
  readonly policy: RecordedFold
  readonly critic: RecordedFold
  /** What of the log could not be read, in words. */
  readonly damage: ReadonlyArray<string>
}

/** What a fork says of where it left, as of any update. */
const begun = (fork: Fork | undefined, of: Fork["critic"]) =>
  fork === undefined || of === undefined
    ? []
    : [{ step: fork.step, hash: of.hash, optimizerHash: of.optimizer, snapshotHash: of.state }]

export const recordedFolds = Effect.fn("replay.recordedFolds")(function* (
  { critics, policies, started }: RecordedRun,
  { fork }: RunConfig
) {
  const policyGradients: Shards = new Map()
  const criticGradients: Shards = new Map()
  const damage: Array<string> = []
  yield* eventsIn(started, "gradients.computed", damage, (event) => {
    if (event._tag === "GradientComputed") withShard(policyGradients, event)
    if (event._tag === "CriticGradientComputed") withShard(criticGradients, event)
  })
  const folds: RecordedFolds = {
    policy: {
      gradients: policyGradients,
      links: links([...begun(fork, fork?.policy), ...policies.map((each) => ({ ...each, hash: each.policyHash }))])
    },
    critic: {
      gradients: criticGradients,
      links: links([...begun(fork, fork?.critic), ...critics.map((each) => ({ ...each, hash: each.criticHash }))])
    },
    damage
  }
  return folds
})
