/**
 * The commands that work with a model and no run: their flags. What a command does lies in the file that bears its name.
 */
import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import { json, switchFlag } from "./flags.ts"
import { generate } from "./generate.ts"
import { gradients } from "./gradients.ts"
import { cacheBytesFlag } from "./override-flags.ts"
import { score } from "./score.ts"
import { tokenize } from "./tokenize.ts"

const model = Flag.String("model").pipe(
  Flag.withDescription("A Hugging Face folder, or an id of the hub (owner/name or owner/name@revision)")
)

const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

const generateCommand = Command.make(
  "generate",
  {
    model,
    prompt: text("prompt", "A text to continue"),
    chat: text("chat", "A JSON file with a conversation to answer: messages with role and content"),
    tokens: text("tokens", "A JSON file with token ids to continue"),
    samples: Flag.Int("samples").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("How many answers"),
      Flag.withDefault(1)
    ),
    temperature: Flag.Finite("temperature").pipe(Flag.withDescription("0 is greedy"), Flag.withDefault(1)),
    topP: Flag.Finite("top-p").pipe(
      Flag.withDescription("Draw among the fewest tokens whose probabilities reach this"),
      Flag.withDefault(1)
    ),
    topK: Flag.Int("top-k").pipe(
      Flag.withDescription("Draw among so many of the most likely tokens; 0: among all"),
      Flag.withDefault(0)
    ),
    maxTokens: Flag.Int("max-tokens").pipe(
      Flag.withDescription("Tokens of an answer at most; default: 256, or what there is room for"),
      Flag.optional
    ),
    minTokens: Flag.Int("min-tokens").pipe(Flag.withDescription("Tokens of an answer at least"), Flag.withDefault(0)),
    stop: Flag.String("stop").pipe(
      Flag.withDescription("A text that ends an answer and stays in it; may be given again"),
      Flag.atLeast(0)
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of the draws"), Flag.withDefault(0)),
    slots: Flag.Int("slots").pipe(
      Flag.withDescription("Answers that grow at once; default: as many as memory allows"),
      Flag.optional
    ),
    cacheBytes: cacheBytesFlag,
    json
  },
  (options) =>
    generate({
      ...options,
      prompt: Option.getOrNull(options.prompt),
      chat: Option.getOrNull(options.chat),
      tokens: Option.getOrNull(options.tokens),
      maxTokens: Option.getOrNull(options.maxTokens),
      slots: Option.getOrNull(options.slots)
    })
).pipe(
  Command.withDescription("Sample from a model"),
  Command.withExamples([
    {
      command: 'onefold generate --model DIR --prompt "1+1=" -n 4 --temperature 0.6 --max-tokens 32 --json',
      description: "Four answers with their log-probs"
    }
  ])
)

const scoreCommand = Command.make(
  "score",
  {
    model,
    temperature: Flag.Finite("temperature").pipe(Flag.withDescription("Divides the logits"), Flag.withDefault(1))
  },
  score
).pipe(Command.withDescription('Log-probs and entropies of the tokens on stdin, {"tokens":[…]} a line'))

const tokenizeCommand = Command.make(
  "tokenize",
  {
    model,
    chat: switchFlag("chat", "Lines are conversations, written by the model's chat template")
  },
  tokenize
).pipe(Command.withDescription("Token ids of the texts on stdin, one JSON string a line"))

const gradientsCommand = Command.make("gradients", { model }, gradients).pipe(
  Command.withDescription("Loss and gradient norms of the batch on stdin")
)

export const modelCommands = [generateCommand, scoreCommand, tokenizeCommand, gradientsCommand] as const
