/**
 * The commands that judge answers and generate none, with their flags.
 */
import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { gradingModes } from "../../learning/grading/modes.ts"
import { dataDir, json, optionalInt, optionalText } from "./flags.ts"
import { grade } from "./grade.ts"
import { regrade } from "./regrade.ts"
import { rewardFlags } from "./reward-flags.ts"

const gradeCommand = Command.make(
  "grade",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription('One JSON object a line, with id, gold, completion and maybe data_name; "-": stdin'),
      Argument.optional,
      Argument.map(Option.getOrNull)
    ),
    mode: Flag.Literals("mode", gradingModes).pipe(
      Flag.withDescription("Whose verdicts: our own, DeepScaleR's training reward, Qwen's evaluation"),
      Flag.withDefault("exact")
    )
  },
  grade
).pipe(Command.withDescription("Say of each answer whether it is right; see docs/grading.md"))

const regradeCommand = Command.make(
  "regrade",
  {
    answers: Argument.String("answers").pipe(
      Argument.withDescription(
        'Name of a run, or "last"; or a file as onefold grade reads it, maybe with correct, sample and set; "-": stdin'
      )
    ),
    mode: Flag.Literals("mode", gradingModes).pipe(
      Flag.withDescription("Whose verdicts: our own, DeepScaleR's training reward, Qwen's evaluation"),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    reward: rewardFlags.reward.pipe(
      Flag.withDescription("What a run's training rollouts would have earned: a reward by name, or a file of yours")
    ),
    rewardSet: rewardFlags.rewardSet,
    step: optionalInt("step", "Answers of the policy of this step alone; default: all"),
    test: optionalText("test", 'One test alone (greedy, avg@8, "train" for training rollouts), or one set of a file'),
    changes: Flag.Int("changes").pipe(Flag.withDescription("How many changed verdicts to show"), Flag.withDefault(20)),
    dataDir,
    json
  },
  regrade
).pipe(
  Command.withDescription("Judge recorded answers by another grader or reward; generates and writes nothing"),
  Command.withExamples([
    { command: "onefold regrade last --mode deepscaler", description: "Every answer of a run, by the paper's grader" },
    { command: "onefold regrade last --reward format", description: "What its rollouts would have earned for a box" },
    { command: "onefold regrade answers.jsonl --mode qwen", description: "Answers of any origin" }
  ])
)

export const gradeCommands = [gradeCommand, regradeCommand] as const
