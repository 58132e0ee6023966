/**
 * The commands `onefold evaluate` and `onefold compare` with their flags.
 */
import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { gradingModes } from "../../learning/grading/modes.ts"
import { compare } from "./compare.ts"
import { evaluate } from "./evaluate.ts"
import { dataDir, optionalInt, optionalText, switchFlag } from "./flags.ts"
import { cacheBytesFlag, computingFlags } from "./override-flags.ts"

const number = (name: string, description: string) =>
  Flag.Finite(name).pipe(Flag.withDescription(`${description}; default: the protocol's`), Flag.optional)

const asked = {
  model: optionalText(
    "model",
    "A Hugging Face folder, an id of the hub, or a recorded policy: RUN, RUN@STEP; default: miniature"
  ),
  against: optionalText("against", "Another model, named likewise: evaluated too, then compared problem by problem"),
  sets: Flag.String("sets").pipe(
    Flag.withDescription(
      "Benchmarks by name, or files, with commas between; may be given again; default: miniature, for other models math500"
    ),
    Flag.atLeast(0),
    Flag.map((typed) => (typed.length === 0 ? null : typed.join(",")))
  ),
  protocol: optionalText(
    "protocol",
    "paper, r1, greedy or avg@K; default: avg@8 for the miniature, paper for other models"
  ),
  data: optionalText("data", "Folder that has the sets as NAME.jsonl or NAME.parquet; default: the hub"),
  limit: optionalInt("limit", "The first so many problems of each set; default: all"),
  perFamily: Flag.Int("per-family").pipe(
    Flag.withDescription("Problems of each of the miniature's families"),
    Flag.withDefault(50)
  ),
  testSeed: Flag.Int("test-seed").pipe(
    Flag.withDescription("Seed that draws the miniature's problems, and all sampled answers"),
    Flag.withDefault(2026)
  ),
  shots: optionalText("shots", "Solved problems to show before each: a file with problem and solution a line"),
  reflectionWords: Flag.String("reflection-words").pipe(
    Flag.withDescription("Words that count as self-reflection, with commas between; default: the paper's three"),
    Flag.optional
  )
}

const overrides = {
  temperature: number("temperature", "0 is greedy"),
  topP: number("top-p", "Draws among the fewest tokens that have this share"),
  samples: Flag.Int("samples").pipe(
    Flag.withDescription("Answers to each problem; default: the protocol's"),
    Flag.optional
  ),
  maxTokens: Flag.Int("max-tokens").pipe(
    Flag.withDescription("New tokens at most; default: the protocol's"),
    Flag.optional
  ),
  prompt: Flag.String("prompt").pipe(
    Flag.withDescription("How problems are put: chat, line, or a template's name; default: the protocol's"),
    Flag.optional
  ),
  grader: Flag.Literals("grader", gradingModes).pipe(
    Flag.withDescription("Whose verdicts; default: the protocol's"),
    Flag.optional
  )
}

const told = {
  groups: switchFlag("groups", "Tell the figures of each group of problems too: subjects, families"),
  samplesOut: optionalText("samples-out", "Write every answer to this file, one JSON object a line"),
  dataDir,
  json: switchFlag("json", "One JSON object a line on stdout; see docs/cli.md"),
  dryRun: switchFlag("dry-run", "Print what would be evaluated, and how much it is; write nothing")
}

/** Flags that were given, by name. */
const given = <T extends Readonly<Record<string, unknown>>>(
  flags: { readonly [K in keyof T]: Option.Option<T[K]> }
) => {
  const values: Partial<T> = {}
  for (const name in flags) {
    const value = flags[name]
    if (Option.isSome(value)) values[name] = value.value
  }
  return values
}

const wordsOf = (typed: Option.Option<string>): ReadonlyArray<string> | null =>
  Option.isNone(typed)
    ? null
    : typed.value
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== "")

const evaluateCommand = Command.make(
  "evaluate",
  {
    ...asked,
    ...overrides,
    ...computingFlags,
    cacheBytes: cacheBytesFlag,
    rows: optionalInt(
      "rows",
      "Answers sampled side by side, which is what a kill costs; default: 240, for other models 64"
    ),
    ...told
  },
  ({
    grader,
    intraOpThreads,
    maxTokens,
    precision,
    prompt,
    reflectionWords,
    samples,
    slots,
    temperature,
    topP,
    ...rest
  }) =>
    evaluate({
      ...rest,
      reflectionWords: wordsOf(reflectionWords),
      overrides: given({ grader, maxTokens, prompt, samples, temperature, topP }),
      computing: given({ intraOpThreads, precision, slots })
    })
).pipe(
  Command.withDescription("Evaluate a model on benchmarks; given again, it goes on or tells what is recorded"),
  Command.withExamples([
    { command: "onefold evaluate", description: "The miniature on its six families" },
    { command: "onefold evaluate --model last@60 --against miniature", description: "What training has changed" },
    {
      command: "onefold evaluate --model Qwen/Qwen2.5-Math-1.5B --sets math500,aime24 --protocol paper",
      description: "As the paper does"
    }
  ])
)

const run = (name: string) => Argument.String(name).pipe(Argument.withDescription("RUN or RUN@STEP"))

const compareCommand = Command.make(
  "compare",
  {
    a: run("a"),
    b: run("b"),
    test: optionalText("test", "A test that both have sat, as math500.paper or greedy; default: all of them"),
    dataDir,
    json: switchFlag("json", "One JSON object a line on stdout; see docs/cli.md")
  },
  compare
).pipe(
  Command.withDescription("Compare two recorded policies on the same problems, by what they answered"),
  Command.withExamples([{ command: "onefold compare mini-two-1-1@0 mini-two-1-1", description: "Before and after" }])
)

export const evaluationCommands = [evaluateCommand, compareCommand] as const
