/**
 * The commands about runs that are over: with their flags.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { onClusterFlags } from "../cluster/on-cluster.ts"
import { dataDir, json, movedModel, optionalInt, optionalText, runName, switchFlag } from "../flags.ts"
import { fork } from "../fork/fork.ts"
import { setFlag } from "../override-flags.ts"
import { rerun } from "../rerun/rerun.ts"
import { listRuns } from "../runs.ts"
import { recompute } from "./recompute.ts"
import { replay } from "./replay.ts"

export const runsCommand = Command.make(
  "runs",
  { tree: switchFlag("tree", "Each run under the one that it forks"), dataDir, json, ...onClusterFlags },
  listRuns
).pipe(Command.withDescription("List the recorded runs"))

const replayCommand = Command.make(
  "replay",
  {
    run: runName,
    to: optionalInt("to", "Updates the policy has had there; default: the last"),
    verify: switchFlag(
      "verify",
      "Compare every step, from the first weights on; else the last one, from the nearest snapshot"
    ),
    recompute: switchFlag(
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
    steps: optionalInt("steps", "Updates altogether, those before the fork included; default: the run's"),
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

const rerunCommand = Command.make(
  "rerun",
  {
    run: runName,
    keepRun: optionalText("keep-run", "Data folder in which the second run stays; must not exist or be empty"),
    model: movedModel,
    json,
    dataDir
  },
  rerun
).pipe(Command.withDescription("Sample and train again from the recorded configuration, and compare event by event"))

export const replayCommands = [replayCommand, rerunCommand, forkCommand] as const
