/**
 * The event log of a data folder. One process at a time has it: another one is told what it can do meanwhile.
 */
import { Effect, Layer } from "effect"
import { EventLog, type LogError } from "../../platform/log/event-log.ts"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { type DataFolder, DataFolderUnusable } from "./data-folder.ts"

const meanwhile = 'Wait for it, or stop it with Ctrl-C and resume it later; meanwhile "onefold sql" answers'

export const folderLog = ({ log, root }: DataFolder): Layer.Layer<EventLog, LogError | DataFolderUnusable> =>
  layerLmdb(log).pipe(
    Layer.catchTag("LogError", (error) => {
      const { detail, reason } = error
      const locked = new DataFolderUnusable({ folder: root, reason: "locked", detail, next: meanwhile })
      return Layer.effect(EventLog, Effect.fail(reason === "locked" ? locked : error))
    })
  )
