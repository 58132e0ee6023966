/**
 * The commands about runs that are over: with their flags.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { fork } from "../fork/fork.ts"
import { setFlag } from "../override-flags.ts"
import { rerun } from "../rerun/rerun.ts"
import { listRuns } from "../runs.ts"
import { recompute } from "./recompute.ts"
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
const movedModel = Flag.String("model").pipe(
  Flag.withDescription("The model's folder, where it has moved since the run was started"),
  Flag.optional,
  Flag.map(Option.getOrNull)
)
const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

export const runsCommand = Command.make(
  "runs",
  { tree: flag("tree", "Each run under the one that it forks"), dataDir, json },
  listRuns
).pipe(Command.withDescription("List the recorded runs"))

const replayCommand = Command.make(
  "replay",
  {
    run: runName,
    to: step("to", "Updates the policy has had there; default: the last"),
    verify: flag(
      "verify",
      "Compare every step, from the first weights on; else the last one, from the nearest snapshot"
    ),
    recompute: flag(
      "recompute",
      "Compute the gradients anew from recorded tokens and rewards; needs no stored gradient"
    ),
    model: movedModel,
    json,
    dataDir
  },
  ({ recompute: isRecomputed, ...options }) =>
    Effect.gen(function* () {
      yield* isRecomputed ? recompute(options) : replay(options)
    })
).pipe(
  Command.withDescription("Fold a run's recorded gradients again, and compare what comes of it with the log"),
  Command.withExamples([{ command: "onefold replay last --verify", description: "Is every step what the log says?" }])
)

const forkCommand = Command.make(
  "fork",
  {
    run: runName,
    at: Flag.Int("at").pipe(Flag.withDescription("Updates the policy has had where the new run leaves")),
    set: setFlag,
    steps: step("steps", "Updates altogether, those before the fork included; default: the run's"),
    model: movedModel,
    json,
    dataDir
  },
  fork
).pipe(
  Command.withDescription("Start a run that shares another's past up to a step, and goes on otherwise"),
  Command.withExamples([
    { command: "onefold fork last --at 20 --set entropyCoefficient=0", description: "What if, from step 20 on?" }
  ])
)

const rerunCommand = Command.make("rerun", { run: runName, model: movedModel, json, dataDir }, rerun).pipe(
  Command.withDescription("Sample and train again from the recorded configuration, and compare event by event")
)

export const replayCommands = [replayCommand, rerunCommand, forkCommand] as const
