/**
 * The command line: every command with its flags. What a command does lies in the file that bears its name.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Completions, Flag } from "effect/cli"
import { families } from "../../learning/datasets/miniature/problem.ts"
import { scoreNames } from "../../learning/selection/scores.ts"
import { askCommand, sqlCommand } from "./ask-command.ts"
import { miniatureBase } from "./base.ts"
import { controlCommands } from "./cluster/control-commands.ts"
import { isOnCluster, onClusterFlags } from "./cluster/on-cluster.ts"
import { resumeOnCluster } from "./cluster/resume-on-cluster.ts"
import { submitCommand } from "./cluster/submit-command.ts"
import { topicsCommand } from "./cluster/topics-command.ts"
import { deadLettersCommand } from "./dead-letters-command.ts"
import { doctor } from "./doctor.ts"
import { evaluationCommands } from "./evaluate-command.ts"
import { exportRun } from "./export.ts"
import { dataDir, json, movedModel, optionalInt, optionalText, runName, switchFlag } from "./flags.ts"
import { gradeCommands } from "./grade-commands.ts"
import { exportHistoryCommand, historyCommand } from "./history-command.ts"
import { modelCommands } from "./model-commands.ts"
import { pretrain } from "./pretrain.ts"
import { printProblems } from "./problems.ts"
import { checkSeed } from "./ranges.ts"
import { rank } from "./rank.ts"
import { listRecipes } from "./recipes.ts"
import { replayCommands, runsCommand } from "./replay/commands.ts"
import { resume } from "./resume.ts"
import { runCommand } from "./run-command.ts"
import { showCommand } from "./show-command.ts"
import { sweepCommand } from "./sweep-command.ts"
import { verifyCommand } from "./verify-command.ts"
import { workerCommand } from "./worker-command.ts"

const recipesCommand = Command.make("recipes", { json }, listRecipes).pipe(
  Command.withDescription("List the paper's experiments by name, with what the paper found")
)

const resumeCommand = Command.make(
  "resume",
  {
    run: runName,
    model: movedModel,
    dataDir,
    json,
    allowDrift: switchFlag("allow-drift", "Go on under settings that change bits; recorded in the run"),
    ...onClusterFlags
  },
  (options) =>
    Effect.gen(function* () {
      yield* isOnCluster(options) ? resumeOnCluster(options) : resume(options)
    })
).pipe(Command.withDescription("Go on with a run that was paused or killed"))

const exportCommand = Command.make(
  "export",
  {
    run: runName,
    folder: Argument.String("dir").pipe(Argument.withDescription("Where to write; must not exist or be empty")),
    step: Flag.String("step").pipe(
      Flag.withDescription("Updates the policy has had, or chosen, best-on-test, last"),
      Flag.withDefault("last")
    ),
    merged: switchFlag(
      "merged",
      "Of a run that trains an adapter: write the whole model with the adapter merged into it"
    ),
    model: movedModel,
    dataDir
  },
  exportRun
).pipe(Command.withDescription("Write a policy as a Hugging Face folder, an adapter as PEFT loads it"))

const rankCommand = Command.make(
  "rank",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription("JSON with a list of accuracies for each example"),
      Argument.optional,
      Argument.map(Option.getOrNull)
    ),
    run: optionalText("run", 'Rank the examples of a run by its own rewards: its name, or "last"'),
    by: Flag.Literals("by", scoreNames).pipe(
      Flag.withDescription("The score: spread of the accuracies, LIMR's alignment, or chance"),
      Flag.withDefault("std")
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of --by random"), Flag.withDefault(0)),
    top: optionalInt("top", "How many to print; default: all"),
    labels: optionalText(
      "labels",
      "The training set of the file's indices: one JSON row a line, with index and answer"
    ),
    dataDir,
    json
  },
  rank
).pipe(
  Command.withDescription("Rank training examples by their historical accuracies"),
  Command.withExamples([
    { command: "onefold rank acc_step_500.json --top 20", description: "The paper's examples, the first 20" },
    { command: "onefold rank --run last", description: "The examples of a run, by its own rewards" }
  ])
)

const problemsCommand = Command.make(
  "problems",
  {
    family: Flag.String("family").pipe(Flag.withDescription(`One of ${families.join(", ")}`), Flag.optional),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Seed that draws them"), Flag.withDefault(2026)),
    count: Flag.Int("count").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("How many of each family"),
      Flag.withDefault(10)
    ),
    json
  },
  (options) => printProblems({ ...options, family: Option.getOrNull(options.family) })
).pipe(Command.withDescription("Print held-out problems with their answers"))

const doctorCommand = Command.make("doctor", { dataDir, json }, doctor).pipe(
  Command.withDescription("Say what runs here, why, and what mends what is missing")
)

const pretrainCommand = Command.make(
  "pretrain",
  {
    out: Flag.String("out").pipe(Flag.withDescription("Where to write the base"), Flag.withDefault(miniatureBase)),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of weights and corpus"), Flag.withDefault(1))
  },
  (options) =>
    checkSeed("--seed", options.seed).pipe(
      Effect.andThen(
        pretrain({
          ...options,
          onProgress: ({ loss, phase, step, steps }) =>
            Effect.sync(() => {
              if (step % 100 === 0 || step === steps)
                process.stderr.write(`${phase}  step ${step}/${steps}  loss ${loss.toFixed(4)}\n`)
            })
        })
      )
    )
).pipe(Command.withDescription("Make the miniature's base from nothing (10 to 15 minutes)"))

const commands = [
  runCommand,
  recipesCommand,
  resumeCommand,
  sweepCommand,
  ...evaluationCommands,
  runsCommand,
  showCommand,
  verifyCommand,
  exportCommand,
  sqlCommand,
  askCommand,
  historyCommand,
  exportHistoryCommand,
  rankCommand,
  problemsCommand,
  ...gradeCommands,
  doctorCommand,
  pretrainCommand,
  ...replayCommands,
  ...modelCommands,
  submitCommand,
  ...controlCommands,
  workerCommand,
  topicsCommand,
  deadLettersCommand
] as const

const root = Command.make("onefold").pipe(Command.withDescription("1-shot RLVR as an event-sourced pipeline"))

const completionsCommand = Command.make(
  "completions",
  { shell: Argument.Literals("shell", ["bash", "zsh", "fish"]).pipe(Argument.withDescription("Your shell")) },
  ({ shell }) =>
    Effect.sync(() => {
      const described = Completions.fromCommand(root.pipe(Command.withSubcommands(commands)))
      process.stdout.write(`${Completions.generate("onefold", shell, described)}\n`)
    })
).pipe(Command.withDescription("Print a completion script for your shell"))

export const onefold = root.pipe(Command.withSubcommands([...commands, completionsCommand]))
