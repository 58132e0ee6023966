/**
 * The model card that is written beside a pretrained base.
 */
import type { EngineFacts } from "../../../learning/policy/engine/engine.ts"
import type { Figures, Share } from "./figures.ts"
import { adamW, documentsPerStep, type Phase, shardsPerStep } from "./schedule.ts"

export interface Card {
  readonly seed: number
  readonly phases: ReadonlyArray<Phase>
  readonly parameters: number
  /** Of model.safetensors. */
  readonly sha256: string
  /** Tokens seen, prompts included. */
  readonly tokens: number
  /** Mean loss of the last 200 steps, nats a response token. */
  readonly loss: number
  readonly figures: Figures
  readonly engine: EngineFacts
}

const threeDigits = (share: number): string => share.toFixed(3)

const row = (name: string, share: Share): string =>
  `| ${[name, ...[share.greedy, share.averageAt8, share.passAt8, share.boxed, share.direct].map(threeDigits)].join(" | ")} |`

const phaseLine = ({ learningRate, name, openers, steps }: Phase): string =>
  `- ${name}: ${steps} steps of ${documentsPerStep} documents, learning rate ${learningRate}, ` +
  `${openers ? "responses open with the token of their style" : "no opening tokens"}`

/** The card's text: data, seed, command, hash, figures, and what the model is not. */
export const cardOf = (card: Card): string => {
  const { engine, figures, loss, parameters, phases, seed, sha256, tokens } = card
  const { beta1, beta2, maxGradientNorm, weightDecay } = adamW(1)
  return `---
license: apache-2.0
library_name: transformers
tags: [onefold, miniature, arithmetic]
---

# The miniature's base

A Llama-style decoder of ${parameters} parameters (float32), pretrained from nothing on synthetic arithmetic with sloppy
solutions. It is the model that Onefold's default run trains on one example.

**What it is not.** The corpus is a mixture of answering styles by construction (careful, direct, right without a box,
stopped early, rambling, with a slip), and the model can follow the careful one before any reinforcement. A training run
re-weights that mixture; it teaches no new skill. The miniature is a fast model organism of 1-shot RLVR, no evidence
about large language models, and of no use for arithmetic.

## Made with

    npm run pretrain -- --seed ${seed}

- data: \`learning/datasets/miniature/corpus.ts\`, seeds ${phases.map((_, i) => seed + i).join(" and ")}; ${Math.round(tokens / 1e5) / 10} million tokens, prompts included;
  no prompt of the test split or of the pool of training examples
${phases.map(phaseLine).join("\n")}
- loss on response tokens, end of sequence included; AdamW (${beta1}, ${beta2}), weight decay ${weightDecay}, gradient norm clipped at
  ${maxGradientNorm}, warm-up 100 steps, cosine to 5 %, batches of similar length, ${shardsPerStep} shards of ${documentsPerStep / shardsPerStep} documents a step
- backend: ${engine.backend} ${engine.version}, ${engine.mode === "graph" ? "graphs" : "operation by operation"}, oneDNN ${engine.oneDnn ? "on" : "off"}, ${engine.intraOpThreads} thread a worker, ${engine.instructionSet}

SHA-256 of model.safetensors: \`${sha256}\`. The same command gives the same hash on the same kind of machine with the same
settings, whatever the number of workers; other instruction sets or versions give other last bits.

## Figures

Loss over the last 200 steps: ${loss.toFixed(4)} nats a token. On ${figures.problems} development problems that are neither in the corpus nor in the test
split; sampled 8 times at temperature 0.6. Shares of all answers:

| family | greedy | avg@8 | pass@8 | boxed | direct |
|---|---|---|---|---|---|
${[...figures.byFamily.map((share) => row(share.family, share)), row("all", figures.all)].join("\n")}

greedy, avg@8: right and boxed. direct: opens with \`answer:\`, without steps.
`
}
