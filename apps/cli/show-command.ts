/**
 * The command `onefold show` with its flags: a run's result, the answers of a step, or one of them token by token.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { largestInt } from "../../schemas/ids.ts"
import { dataDir, jsonObject, optionalInt, optionalText, runName } from "./flags.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { checkBetween } from "./ranges.ts"
import { show } from "./show.ts"
import { showStep } from "./show-step.ts"
import { measures } from "./token-figures.ts"

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
    run: runName,
    step: optionalInt("step", "Show the answers that the policy of this many updates gave"),
    sample: optionalInt("sample", "Show this one of them, token by token; counted from 0"),
    prompt: optionalText("prompt", "Only rollouts of this training example"),
    test: optionalText("test", 'Answers to this test, such as "greedy", in place of rollouts'),
    problem: optionalText("problem", "Only answers to this problem of the test"),
    by: Flag.Literals("by", measures).pipe(
      Flag.withDescription("What tokens are coloured by"),
      Flag.withDefault("log-prob")
    ),
    model: optionalText("model", "The model's folder, where it has moved since the run was started"),
    dataDir,
    json: jsonObject
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
