/**
 * The command `onefold run` with its flags.
 */
import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import { benchmarkFlags } from "./benchmark-flags.ts"
import { dataDir, json, optionalText, switchFlag } from "./flags.ts"
import { cacheBytesFlag, loraFlags, overrideFlags, overridesOf, setFlag, trainingFlags } from "./override-flags.ts"
import { defaultExample } from "./presets.ts"
import { rewardFlags } from "./reward-flags.ts"
import { run } from "./run.ts"

/** What a run is: the flags of `onefold run` and of `onefold submit`. */
export const runFlags = {
  example: optionalText(
    "example",
    `What to train on: an example of the pool, a JSON file with prompt and answer, one of --data (index, "pi13"), or "rank:K"; default: ${defaultExample}`
  ),
  ...trainingFlags,
  from: optionalText("from", 'What "rank:K" is the K-th of: a file as onefold rank reads it, or a run'),
  model: optionalText("model", "A Hugging Face folder, or an id of the hub, to train; default: the miniature"),
  chat: switchFlag("chat", "Prompts are what a user says: written with the model's chat template"),
  problems: optionalText(
    "problems",
    "Held-out problems: a file with one JSON object a line, like an example, with an id"
  ),
  preset: optionalText(
    "preset",
    'Settings by name: mini, smoke, model, paper; default: "mini", or "model" for another model'
  ),
  ...overrideFlags,
  ...loraFlags,
  ...rewardFlags,
  ...benchmarkFlags,
  cacheBytes: cacheBytesFlag,
  set: setFlag,
  steps: Flag.Int("steps").pipe(Flag.withDescription("Updates; default: the preset's"), Flag.optional),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of the rollouts"), Flag.withDefault(0)),
  testSeed: Flag.Int("test-seed").pipe(
    Flag.withDescription("Seed that draws the held-out problems"),
    Flag.withDefault(2026)
  ),
  dataDir,
  json,
  dryRun: switchFlag("dry-run", "Print the resolved configuration and what it would take; write nothing")
}

export const runCommand = Command.make("run", runFlags, (options) =>
  run({ ...options, steps: Option.getOrNull(options.steps), overrides: overridesOf(options) })
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
