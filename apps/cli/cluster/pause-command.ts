/**
 * The command `onefold pause`.
 */
import { Command } from "effect/cli"
import { json, runName } from "../flags.ts"
import { brokerFlags } from "./cluster-flags.ts"
import { pauseRun } from "./control.ts"

export const pauseCommand = Command.make("pause", { run: runName, ...brokerFlags, json }, pauseRun).pipe(
  Command.withDescription("Let a run of a cluster finish the step in hand and wait")
)
