/**
 * The command `onefold sweep` with its flags.
 */
import { Command, Flag } from "effect/cli"
import { clusterFlags } from "./cluster/cluster-flags.ts"
import { onClusterFlags } from "./cluster/on-cluster.ts"
import { dataDir, json, optionalInt, optionalText } from "./flags.ts"
import { forms } from "./sweep/choice.ts"
import { sweep } from "./sweep.ts"

export const sweepCommand = Command.make(
  "sweep",
  {
    examples: Flag.String("examples").pipe(Flag.withDescription(`What to train on, one run each: ${forms}`)),
    from: optionalText("from", "What ranks count in: a file of accuracies, or a run"),
    preset: Flag.String("preset").pipe(Flag.withDescription("Settings by name"), Flag.withDefault("mini")),
    set: Flag.String("set").pipe(
      Flag.withDescription("key=value: a setting to replace; may be given again"),
      Flag.atLeast(0)
    ),
    steps: optionalInt("steps", "Updates of each run; default: the preset's"),
    seeds: Flag.String("seeds").pipe(
      Flag.withDescription("Seeds for each example: how many (3), or which (7,11)"),
      Flag.withDefault("1")
    ),
    testSeed: Flag.Int("test-seed").pipe(
      Flag.withDescription("Seed that draws the held-out problems"),
      Flag.withDefault(2026)
    ),
    parallel: optionalInt("parallel", "Runs side by side; results do not depend on it; default: 2, in a cluster 16"),
    ...clusterFlags,
    cluster: onClusterFlags.cluster,
    dataDir,
    json
  },
  sweep
).pipe(
  Command.withDescription("Train on each of many examples, and rank what they gain; given again, it goes on"),
  Command.withExamples([
    { command: "onefold sweep --examples random:16 --steps 60", description: "Sixteen examples of the pool" },
    { command: "onefold sweep --examples family:two --seeds 3", description: "A family, three seeds each" }
  ])
)
