/**
 * The commands `onefold pause` and `onefold cancel`: for runs of a cluster, whose workers go by word in the log.
 */
import { Command } from "effect/cli"
import { json, runName } from "../flags.ts"
import { logFlags } from "./cluster-flags.ts"
import { cancelRun, pauseRun } from "./control.ts"

const flags = { run: runName, ...logFlags, json }

const pause = Command.make("pause", flags, pauseRun).pipe(
  Command.withDescription("Let a run of a cluster finish the step in hand and wait (a run here: Ctrl-C)")
)

const cancel = Command.make("cancel", flags, cancelRun).pipe(
  Command.withDescription("End a run of a cluster where it stands, for good")
)

export const controlCommands = [pause, cancel] as const
