/**
 * The command `onefold sweep` with its flags.
 */
import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import { forms } from "./sweep/choice.ts"
import { sweep } from "./sweep.ts"

/** More gain little on two cores (docs/sweep.md). */
const defaultParallel = 2

export const sweepCommand = Command.make(
  "sweep",
  {
    examples: Flag.String("examples").pipe(Flag.withDescription(`What to train on, one run each: ${forms}`)),
    from: Flag.String("from").pipe(
      Flag.withDescription("What ranks count in: a file of accuracies, or a run"),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    preset: Flag.String("preset").pipe(Flag.withDescription("Settings by name"), Flag.withDefault("mini")),
    set: Flag.String("set").pipe(
      Flag.withDescription("key=value: a setting to replace; may be given again"),
      Flag.atLeast(0)
    ),
    steps: Flag.Int("steps").pipe(
      Flag.withDescription("Updates of each run; default: the preset's"),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    seeds: Flag.String("seeds").pipe(
      Flag.withDescription("Seeds for each example: how many (3), or which (7,11)"),
      Flag.withDefault("1")
    ),
    testSeed: Flag.Int("test-seed").pipe(
      Flag.withDescription("Seed that draws the held-out problems"),
      Flag.withDefault(2026)
    ),
    parallel: Flag.Int("parallel").pipe(
      Flag.withDescription("Runs side by side; results do not depend on it"),
      Flag.withDefault(defaultParallel)
    ),
    dataDir: Flag.String("data-dir").pipe(
      Flag.withDescription("Folder that keeps runs, weights and history"),
      Flag.withDefault(".onefold")
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("One JSON object a line on stdout; see docs/cli.md"),
      Flag.withDefault(false)
    )
  },
  sweep
).pipe(
  Command.withDescription("Train on each of many examples, and rank what they gain; given again, it goes on"),
  Command.withExamples([
    { command: "onefold sweep --examples random:16 --steps 60", description: "Sixteen examples of the pool" },
    { command: "onefold sweep --examples family:two --seeds 3", description: "A family, three seeds each" }
  ])
)
