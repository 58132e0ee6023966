/**
 * The log of a cluster for commands that only read events and add word to them: values that were too large for a broker
 * are read too, where somebody says in which place they lie. Without such a place whatever is small is read all the same.
 */
import { type Config, Effect, Layer } from "effect"
import type { ArtifactUnwritable } from "../../../learning/artifacts.ts"
import type { BlobPlaceInvalid } from "../../../platform/blobs/place.ts"
import type { EventLog, LogError } from "../../../platform/log/event-log.ts"
import { layerKafka } from "../../../platform/log/kafka.ts"
import { clusterLog, clusterOf, kafkaOf } from "./cluster.ts"
import { clusterArtifacts } from "./cluster-artifacts.ts"
import { type LogFlags, saidBy } from "./cluster-flags.ts"

export type WholeLog = Layer.Layer<EventLog, LogError | ArtifactUnwritable | BlobPlaceInvalid | Config.ConfigError>

/** Fails with ClusterUnusable. */
export const wholeLog = Effect.fn("wholeLog")(function* (flags: LogFlags) {
  if ((yield* saidBy("--blobs", flags.blobs, "ONEFOLD_BLOBS")) === null) {
    const plain: WholeLog = layerKafka(yield* kafkaOf(flags))
    return plain
  }
  const cluster = yield* clusterOf({ ...flags, blobCache: 0 })
  // Nothing is kept on this machine, so the folder is none.
  const log: WholeLog = clusterLog(cluster).pipe(Layer.provide(clusterArtifacts(cluster, ".onefold")))
  return log
})
