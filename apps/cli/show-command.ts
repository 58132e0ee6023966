/**
 * The command `onefold show` with its flags: a run's result, the answers of a step, or one of them token by token.
 */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { largestInt } from "../../schemas/ids.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { checkBetween } from "./ranges.ts"
import { show } from "./show.ts"
import { showStep } from "./show-step.ts"
import { measures } from "./token-figures.ts"

const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrNull))
const number = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrNull))

/** Numbers are counted from 0, and what chooses an answer goes with a step. */
const checked = Effect.fn("showCommand.checked")(function* (options: {
  readonly step: number | null
  readonly sample: number | null
  readonly prompt: string | null
  readonly problem: string | null
  readonly test: string | null
}) {
  const { problem, prompt, sample, step, test } = options
  if (step !== null) yield* checkBetween("--step", step, 0, largestInt)
  if (sample !== null) yield* checkBetween("--sample", sample, 0, largestInt)
  const chosen = Object.entries({ sample, prompt, problem, test }).flatMap(([name, value]) =>
    value === null ? [] : [`--${name}`]
  )
  if (step === null && chosen.length > 0)
    return yield* new OptionsConflict({ reason: `${chosen[0]} chooses among the answers of a step; give --step too` })
  if (problem !== null && test === null)
    return yield* new OptionsConflict({ reason: "--problem is one of a test; give --test too, such as --test greedy" })
  if (prompt !== null && test !== null)
    return yield* new OptionsConflict({ reason: "--prompt is of rollouts, --test of evaluations; give one of them" })
})

export const showCommand = Command.make(
  "show",
  {
    run: Argument.String("run").pipe(Argument.withDescription('Name of a run, or "last"')),
    step: number("step", "Show the answers that the policy of this many updates gave"),
    sample: number("sample", "Show this one of them, token by token; counted from 0"),
    prompt: text("prompt", "Only rollouts of this training example"),
    test: text("test", 'Answers to this test, such as "greedy", in place of rollouts'),
    problem: text("problem", "Only answers to this problem of the test"),
    by: Flag.Literals("by", measures).pipe(
      Flag.withDescription("What tokens are coloured by"),
      Flag.withDefault("log-prob")
    ),
    model: text("model", "The model's folder, where it has moved since the run was started"),
    dataDir: Flag.String("data-dir").pipe(
      Flag.withDescription("Folder that keeps runs, weights and history"),
      Flag.withDefault(".onefold")
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("One JSON object on stdout; see docs/cli.md"),
      Flag.withDefault(false)
    )
  },
  (options) =>
    Effect.gen(function* () {
      yield* checked(options)
      const { step } = options
      yield* step === null ? show(options) : showStep({ ...options, step })
    })
).pipe(
  Command.withDescription("Show a run's result, the answers of a step, or one answer token by token"),
  Command.withExamples([
    { command: "onefold show last", description: "The result, or how far it is" },
    { command: "onefold show last --step 10", description: "The rollouts of step 10, the best first" },
    { command: "onefold show last --step 10 --sample 3 --by entropy", description: "One of them, coloured by entropy" },
    { command: "onefold show last --step 60 --test greedy", description: "Answers to held-out problems" }
  ])
)
