/**
 * The command line: every command with its flags. What a command does lies in the file that bears its name.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Completions, Flag } from "effect/cli"
import { families } from "../../learning/datasets/miniature/problem.ts"
import { gradingModes } from "../../learning/grading/modes.ts"
import { scoreNames } from "../../learning/selection/scores.ts"
import { miniatureBase } from "./base.ts"
import { doctor } from "./doctor.ts"
import { exportRun } from "./export.ts"
import { grade } from "./grade.ts"
import { modelCommands } from "./model-commands.ts"
import { cacheBytesFlag, loraFlags, overrideFlags, overridesOf, setFlag, trainingFlags } from "./override-flags.ts"
import { defaultExample } from "./presets.ts"
import { pretrain } from "./pretrain.ts"
import { printProblems } from "./problems.ts"
import { checkSeed } from "./ranges.ts"
import { rank } from "./rank.ts"
import { listRecipes } from "./recipes.ts"
import { replayCommands, runsCommand } from "./replay/commands.ts"
import { resume } from "./resume.ts"
import { rewardFlags } from "./reward-flags.ts"
import { run } from "./run.ts"
import { show } from "./show.ts"
import { sql } from "./sql.ts"
import { sweepCommand } from "./sweep-command.ts"

const dataDir = Flag.String("data-dir").pipe(
  Flag.withDescription("Folder that keeps runs, weights and history"),
  Flag.withDefault(".onefold")
)
const json = Flag.Boolean("json").pipe(
  Flag.withDescription("One JSON object a line on stdout; see docs/cli.md"),
  Flag.withDefault(false)
)
const seed = Flag.Int("seed").pipe(Flag.withDescription("Seed of the rollouts"), Flag.withDefault(0))
const model = (description: string) =>
  Flag.String("model").pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrNull))
const movedModel = model("The model's folder, where it has moved since the run was started")
const runName = Argument.String("run").pipe(Argument.withDescription('Name of a run, or "last"'))

const runCommand = Command.make(
  "run",
  {
    example: Flag.String("example").pipe(
      Flag.withDescription(
        `What to train on: an example of the pool, a JSON file with prompt and answer, one of --data (index, "pi13"), or "rank:K"; default: ${defaultExample}`
      ),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    ...trainingFlags,
    from: Flag.String("from").pipe(
      Flag.withDescription('What "rank:K" is the K-th of: a file as onefold rank reads it, or a run'),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    model: model("A Hugging Face folder, or an id of the hub, to train; default: the miniature"),
    chat: Flag.Boolean("chat").pipe(
      Flag.withDescription("Prompts are what a user says: written with the model's chat template"),
      Flag.withDefault(false)
    ),
    problems: Flag.String("problems").pipe(
      Flag.withDescription("Held-out problems: a file with one JSON object a line, like an example, with an id"),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    preset: Flag.String("preset").pipe(
      Flag.withDescription(
        'Settings by name: mini, smoke, model, paper; default: "mini", or "model" for another model'
      ),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    ...overrideFlags,
    ...loraFlags,
    ...rewardFlags,
    cacheBytes: cacheBytesFlag,
    set: setFlag,
    steps: Flag.Int("steps").pipe(Flag.withDescription("Updates; default: the preset's"), Flag.optional),
    seed,
    testSeed: Flag.Int("test-seed").pipe(
      Flag.withDescription("Seed that draws the held-out problems"),
      Flag.withDefault(2026)
    ),
    dataDir,
    json,
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Print the resolved configuration and what it would take; write nothing"),
      Flag.withDefault(false)
    )
  },
  (options) => run({ ...options, steps: Option.getOrNull(options.steps), overrides: overridesOf(options) })
).pipe(
  Command.withDescription("Train on one example and show held-out accuracy before and after"),
  Command.withExamples([
    { command: "onefold run", description: "The main job" },
    {
      command: "onefold run --recipe entropy-only --dry-run",
      description: "An experiment of the paper, as it would run"
    },
    { command: "onefold run --example chain:3 --seed 1 --steps 100", description: "Another example, seed and length" },
    { command: "onefold run --model DIR --chat --example FILE --steps 3", description: "A language model of yours" }
  ])
)

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
    allowDrift: Flag.Boolean("allow-drift").pipe(
      Flag.withDescription("Go on under settings that change bits; recorded in the run"),
      Flag.withDefault(false)
    )
  },
  resume
).pipe(Command.withDescription("Go on with a run that was paused or killed"))

const showCommand = Command.make("show", { run: runName, model: movedModel, dataDir, json }, show).pipe(
  Command.withDescription("Show a run's result, or how far it is")
)

const exportCommand = Command.make(
  "export",
  {
    run: runName,
    folder: Argument.String("dir").pipe(Argument.withDescription("Where to write; must not exist or be empty")),
    step: Flag.Int("step").pipe(Flag.withDescription("Updates the policy has had; default: the last"), Flag.optional),
    merged: Flag.Boolean("merged").pipe(
      Flag.withDescription("Of a run that trains an adapter: write the whole model with the adapter merged into it"),
      Flag.withDefault(false)
    ),
    model: movedModel,
    dataDir
  },
  (options) => exportRun({ ...options, step: Option.getOrNull(options.step) })
).pipe(Command.withDescription("Write a policy as a Hugging Face folder, an adapter as PEFT loads it"))

const sqlCommand = Command.make(
  "sql",
  {
    query: Argument.String("query").pipe(Argument.withDescription("One reading statement of ClickHouse SQL")),
    format: Flag.Literals("format", ["table", "json", "csv"]).pipe(
      Flag.withDescription("How rows are printed"),
      Flag.withDefault("table")
    ),
    dataDir
  },
  sql
).pipe(
  Command.withDescription("Ask the history, also while a run is live"),
  Command.withExamples([
    {
      command: 'onefold sql "SELECT step, avg(entropy) FROM tokens GROUP BY step ORDER BY step"',
      description: "Entropy over steps"
    }
  ])
)

const rankCommand = Command.make(
  "rank",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription("JSON with a list of accuracies for each example"),
      Argument.optional,
      Argument.map(Option.getOrNull)
    ),
    run: Flag.String("run").pipe(
      Flag.withDescription('Rank the examples of a run by its own rewards: its name, or "last"'),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    by: Flag.Literals("by", scoreNames).pipe(
      Flag.withDescription("The score: spread of the accuracies, LIMR's alignment, or chance"),
      Flag.withDefault("std")
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of --by random"), Flag.withDefault(0)),
    top: Flag.Int("top").pipe(
      Flag.withDescription("How many to print; default: all"),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    labels: Flag.String("labels").pipe(
      Flag.withDescription("The training set of the file's indices: one JSON row a line, with index and answer"),
      Flag.optional,
      Flag.map(Option.getOrNull)
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

const commands = [
  runCommand,
  recipesCommand,
  resumeCommand,
  sweepCommand,
  runsCommand,
  showCommand,
  exportCommand,
  sqlCommand,
  rankCommand,
  problemsCommand,
  gradeCommand,
  doctorCommand,
  pretrainCommand,
  ...replayCommands,
  ...modelCommands
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
