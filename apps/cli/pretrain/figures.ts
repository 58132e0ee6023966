/**
 * What a base can do before any reinforcement: measured on development problems.
 *
 * They come from the pool's split, under a seed that names no training example: choices made while looking at these
 * figures have not seen a test problem.
 */
import { Effect } from "effect"
import { families } from "../../../learning/datasets/miniature/problem.ts"
import { problems } from "../../../learning/datasets/miniature/problems.ts"
import { grade } from "../../../learning/grading/grade.ts"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import type { Tokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"

const developmentSeed = 77
const samplesPerProblem = 8
const temperature = 0.6
const maxTokens = 56
/** Which use of randomness the samples are; training runs begin at 0. */
const stream = 0x646576 // "dev"

/** Shares in 0..1. */
export interface Share {
  /** Right when decoding greedily. */
  readonly greedy: number
  /** Right at T = 0.6, mean over problems and 8 samples. */
  readonly averageAt8: number
  /** Right at least once in 8 samples. */
  readonly passAt8: number
  /** Of the samples, those with a boxed answer. */
  readonly boxed: number
  /** Of the samples, those that open with "answer:". */
  readonly direct: number
}

export interface Figures {
  readonly all: Share
  readonly byFamily: ReadonlyArray<Share & { readonly family: string }>
  /** Development problems asked. */
  readonly problems: number
}

interface Answered {
  readonly family: string
  readonly greedy: boolean
  /** [8] */
  readonly samples: ReadonlyArray<{ readonly right: boolean; readonly boxed: boolean; readonly direct: boolean }>
}

const mean = (values: ReadonlyArray<number | boolean>): number =>
  values.reduce((sum: number, value) => sum + Number(value), 0) / values.length

const shareOf = (answered: ReadonlyArray<Answered>): Share => {
  const samples = answered.flatMap((problem) => problem.samples)
  return {
    greedy: mean(answered.map(({ greedy }) => greedy)),
    averageAt8: mean(samples.map(({ right }) => right)),
    passAt8: mean(answered.map((problem) => problem.samples.some(({ right }) => right))),
    boxed: mean(samples.map(({ boxed }) => boxed)),
    direct: mean(samples.map(({ direct }) => direct))
  }
}

/** The figures of the policy stored under a hash. */
export const measure = Effect.fn("pretrain.measure")(function* (
  weights: string,
  tokenizer: Tokenizer,
  problemsPerFamily: number
) {
  const engine = yield* PolicyEngine
  const asked = families.flatMap((family) =>
    problems(family, { seed: developmentSeed, count: problemsPerFamily, split: "pool" })
  )
  const sample = Effect.fnUntraced(function* (at: number, samples: number) {
    const prompts = yield* Effect.forEach(asked, ({ id, prompt }) =>
      Effect.map(tokenizer.encode(prompt), (tokens) => ({ promptId: id, tokens, firstSample: 0, samples }))
    )
    const request = { weights, prompts, temperature: at, maxTokens, seed: developmentSeed, stream, step: 0 }
    return (yield* engine.generate(request)).map(({ promptId, tokens }) => ({
      promptId,
      text: tokenizer.decode(tokens)
    }))
  })
  const greedy = yield* sample(0, 1)
  const sampled = yield* sample(temperature, samplesPerProblem)
  const answered = asked.map(({ answer, family, id }): Answered => {
    const verdicts = (from: typeof greedy) =>
      from
        .filter(({ promptId }) => promptId === id)
        .map(({ text }) => {
          const { extracted, verdict } = grade({ id, text, reference: answer })
          return { right: verdict === "correct", boxed: extracted !== null, direct: text.startsWith("answer:") }
        })
    return { family, greedy: verdicts(greedy)[0].right, samples: verdicts(sampled) }
  })
  const figures: Figures = {
    all: shareOf(answered),
    byFamily: families.map((family) => ({ family, ...shareOf(answered.filter((one) => one.family === family)) })),
    problems: asked.length
  }
  return figures
})
