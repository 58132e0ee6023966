/**
 * The log that dead letters lie in: a cluster's where brokers are named, else a data folder's.
 */
import { type Config, Effect, Layer } from "effect"
import type { ArtifactUnwritable } from "../../../learning/artifacts.ts"
import type { BlobPlaceInvalid } from "../../../platform/blobs/place.ts"
import type { EventLog, LogError } from "../../../platform/log/event-log.ts"
import { layerKafka } from "../../../platform/log/kafka.ts"
import { clusterLog, clusterOf, kafkaOf } from "../cluster/cluster.ts"
import { clusterArtifacts } from "../cluster/cluster-artifacts.ts"
import { type BrokerFlags, saidBy } from "../cluster/cluster-flags.ts"
import { unusable } from "../cluster/cluster-unusable.ts"
import { type DataFolderUnusable, existingDataFolder } from "../data-folder.ts"
import { folderLog } from "../folder-log.ts"

export interface LogFlags extends BrokerFlags {
  /** Where values lie that are too large for a broker; null where nobody says: such letters stay unread. */
  readonly blobs: string | null
  /** Null: the folder where we stand, unless brokers are named. */
  readonly dataDir: string | null
}

type LettersLog = Layer.Layer<
  EventLog,
  LogError | DataFolderUnusable | ArtifactUnwritable | BlobPlaceInvalid | Config.ConfigError
>

const overCluster = Effect.fn("lettersLog.cluster")(function* (flags: LogFlags) {
  if ((yield* saidBy("--blobs", flags.blobs, "ONEFOLD_BLOBS")) === null) {
    const plain: LettersLog = layerKafka(yield* kafkaOf(flags))
    return plain
  }
  const cluster = yield* clusterOf({ ...flags, blobCache: 0 })
  const log: LettersLog = clusterLog(cluster).pipe(Layer.provide(clusterArtifacts(cluster, ".onefold")))
  return log
})

export const lettersLog = (flags: LogFlags) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { brokers, dataDir } = flags
      if (brokers !== null && dataDir !== null)
        return yield* unusable("--data-dir", "letters lie in one log", "Name a data folder or brokers, not both")
      const said = yield* saidBy("--brokers", brokers, "ONEFOLD_BROKERS")
      if (dataDir === null && said !== null) return yield* overCluster(flags)
      const log: LettersLog = folderLog(yield* existingDataFolder(dataDir ?? ".onefold"))
      return log
    })
  )
