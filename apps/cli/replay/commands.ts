/**
 * The commands about runs that are over: with their flags.
 */
import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { replay } from "./replay.ts"

const dataDir = Flag.String("data-dir").pipe(
  Flag.withDescription("Folder that keeps runs, weights and history"),
  Flag.withDefault(".onefold")
)
const json = Flag.Boolean("json").pipe(
  Flag.withDescription("One JSON object a line on stdout; see docs/cli.md"),
  Flag.withDefault(false)
)
const runName = Argument.String("run").pipe(Argument.withDescription('Name of a run, or "last"'))
const step = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrNull))
const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const replayCommand = Command.make(
  "replay",
  {
    run: runName,
    to: step("to", "Updates the policy has had there; default: the last"),
    verify: flag("verify", "Compare every step, from the first weights on; else the last one, from the nearest snapshot"),
    json,
    dataDir
  },
  replay
).pipe(
  Command.withDescription("Fold a run's recorded gradients again, and compare what comes of it with the log"),
  Command.withExamples([{ command: "onefold replay last --verify", description: "Is every step what the log says?" }])
)

export const replayCommands = [replayCommand] as const
