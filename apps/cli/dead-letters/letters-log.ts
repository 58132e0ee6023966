/**
 * The log that dead letters lie in: a cluster's where brokers are named, else a data folder's.
 */
import { type Config, Effect, Layer } from "effect"
import type { ArtifactUnwritable } from "../../../learning/artifacts.ts"
import type { BlobPlaceInvalid } from "../../../platform/blobs/place.ts"
import type { EventLog, LogError } from "../../../platform/log/event-log.ts"
import { type LogFlags, saidBy } from "../cluster/cluster-flags.ts"
import { unusable } from "../cluster/cluster-unusable.ts"
import { wholeLog } from "../cluster/whole-log.ts"
import { type DataFolderUnusable, existingDataFolder } from "../data-folder.ts"
import { folderLog } from "../folder-log.ts"

/** Where nobody says in which place large values lie, such letters stay unread. */
export interface LettersFlags extends LogFlags {
  /** Null: the folder where we stand, unless brokers are named. */
  readonly dataDir: string | null
}

type LettersLog = Layer.Layer<
  EventLog,
  LogError | DataFolderUnusable | ArtifactUnwritable | BlobPlaceInvalid | Config.ConfigError
>

export const lettersLog = (flags: LettersFlags) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { brokers, dataDir } = flags
      if (brokers !== null && dataDir !== null)
        return yield* unusable("--data-dir", "letters lie in one log", "Name a data folder or brokers, not both")
      const said = yield* saidBy("--brokers", brokers, "ONEFOLD_BROKERS")
      if (dataDir === null && said !== null) {
        const whole: LettersLog = yield* wholeLog(flags)
        return whole
      }
      const log: LettersLog = folderLog(yield* existingDataFolder(dataDir ?? ".onefold"))
      return log
    })
  )
