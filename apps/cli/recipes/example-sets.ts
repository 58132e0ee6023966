/**
 * More than one training example, and sets of them. A batch holds each equally often, as the reference's files do.
 */
import { mathAndMean, pi1, type Ranks, type Recipe, scores } from "./recipe.ts"

const pis = (...ranks: Ranks): Recipe["examples"] => ({ kind: "pi", ranks })

export const exampleSets: ReadonlyArray<Recipe> = [
  {
    name: "base",
    title: "No training: the model as it is",
    place: "Tab. 8",
    results: {
      "1.5b": {
        table: "Tab. 8",
        scores: scores(36.0, 6.7, 28.1, 8.1, 22.2, 4.6, 17.6),
        remark: "the hub's weights; as float32, MATH500 is 39.6"
      },
      "7b": { table: "7B table", scores: scores(51.0, 12.1, 35.3, 11.0, 18.2, 6.7, 22.4) },
      llama: { table: "Llama table", scores: scores(40.8, 8.3, 25.3, 15.8, 13.2, 1.7, 17.5) },
      "r1-distill": {
        table: "R1-Distill table",
        scores: { Avg: 44.9 },
        remark: "evaluated with 32k tokens; 37.9 with 8k"
      },
      "qwen2.5-1.5b": { table: "Tab. 10", scores: { Avg: 2.0 } },
      "1.5b-instruct": { table: "Tab. 10", scores: { Avg: 35.6 } }
    },
    examples: pi1,
    settings: {},
    steps: { paper: { "1.5b": 0 }, mini: 0 }
  },
  {
    name: "pi1-pi13",
    title: "GRPO on π1 and π13, half a batch each",
    place: "Tab. 8",
    results: {
      "1.5b": { table: "Tab. 8", scores: scores(74.8, 17.5, 53.1, 29.4, 36.7, 7.9, 36.6), remark: "step 1980" },
      "7b": { table: "7B table", scores: scores(79.2, 21.7, 58.8, 35.3, 40.9, 12.1, 41.3) },
      llama: { table: "Llama table", scores: scores(49.4, 7.1, 31.6, 18.4, 19.1, 0.4, 21.0) }
    },
    examples: pis(1, 13),
    settings: {}
  },
  {
    name: "pi1-pi2",
    title: "GRPO on π1 and π2, half a batch each",
    place: "Tab. 3",
    results: { "1.5b": { table: "Tab. 3", scores: scores(72.8, 15.0), remark: "best of each" } },
    examples: pis(1, 2),
    settings: {}
  },
  {
    name: "4-shot",
    title: "GRPO on π1, π2, π13 and π1209, a quarter of a batch each",
    place: "Tab. 8",
    results: {
      "1.5b": { table: "Tab. 8", scores: { Avg: 36.0 }, remark: "step 1880" },
      "7b": { table: "7B table", scores: scores(78.6, 22.5, 61.9, 36.0, 43.7, 12.1, 42.5) },
      llama: { table: "Llama table", scores: scores(46.4, 6.2, 29.1, 21.0, 15.1, 1.2, 19.8), remark: "unstable" },
      "r1-distill": {
        table: "R1-Distill table",
        scores: { Avg: 46.9 },
        remark: "evaluated with 32k tokens; 42.7 with 8k"
      }
    },
    examples: pis(1, 2, 13, 1209),
    settings: {}
  },
  {
    name: "pi1-16",
    title: "GRPO on π1 to π16",
    place: "Tab. 3",
    results: {
      "1.5b": { table: "Tab. 3", scores: scores(71.6, 16.7), remark: "best of each" },
      "7b": { table: "7B table", scores: scores(77.8, 30.4, 62.2, 35.3, 39.9, 9.6, 42.5) },
      "r1-distill": {
        table: "R1-Distill table",
        scores: { Avg: 48.3 },
        remark: "evaluated with 32k tokens; 45.5 with 8k"
      },
      "qwen2.5-1.5b": { table: "Tab. 10", scores: { Avg: 21.0 } }
    },
    examples: pis(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
    settings: {}
  },
  {
    name: "16-random",
    title: "GRPO on 16 examples drawn by the run's seed",
    place: "7B table",
    results: { "7b": { table: "7B table", scores: scores(76.0, 22.1, 63.1, 31.6, 35.6, 12.9, 40.2) } },
    examples: { kind: "random", count: 16 },
    settings: {}
  },
  {
    name: "dsr-sub",
    title: "GRPO on all of DSR-sub, a batch of distinct examples a step",
    place: "Tab. 8",
    results: {
      "1.5b": { table: "Tab. 8", scores: scores(73.6, 17.1, 50.6, 32.4, 33.6, 8.3, 35.9) },
      "7b": { table: "7B table", scores: scores(78.6, 25.8, 62.5, 33.8, 41.6, 14.6, 42.8) },
      llama: { table: "Llama table", scores: scores(43.2, 11.2, 27.8, 19.5, 16.4, 0.8, 19.8) },
      "r1-distill": {
        table: "R1-Distill table",
        scores: { Avg: 48.6 },
        remark: "evaluated with 32k tokens; 47.4 with 8k"
      },
      "qwen2.5-1.5b": { table: "Tab. 10", scores: { Avg: 22.0 } },
      "1.5b-instruct": { table: "Tab. 10", scores: { Avg: 38.2 } }
    },
    examples: { kind: "set", set: "dsr-sub" },
    settings: {}
  },
  {
    name: "math-7500",
    title: "GRPO on the training set of MATH; bring it with --data",
    place: "Tab. 8",
    results: { "1.5b": { table: "Tab. 8", scores: scores(74.4, 20.0, 54.1, 29.0, 34.1, 8.3, 36.7) } },
    examples: { kind: "set", set: "math-7500" },
    settings: {}
  },
  {
    name: "pi1-last-step",
    title: "GRPO on the last step of π1 alone: a cube root",
    place: "Tab. 18",
    results: { "1.5b": { table: "Tab. 18", scores: mathAndMean(65.4, 30.0) } },
    examples: { kind: "last-step", problem: "Calculate the cube root of 2048.", answer: "12.8" },
    settings: {}
  },
  {
    name: "in-context",
    title: "No training: π1 with its solution before every held-out problem",
    place: "Tab. 16",
    results: {
      "1.5b": { table: "Tab. 16", scores: mathAndMean(59.0, 25.5) },
      "7b": { table: "Tab. 16", scores: mathAndMean(75.4, 37.4) }
    },
    examples: pi1,
    settings: {},
    steps: { paper: { "1.5b": 0 }, mini: 0 },
    inContext: true
  },
  {
    name: "label-noise-60",
    title: "DSR-sub with 60 % of its answers taken from other examples",
    place: "Tab. 17",
    results: { "1.5b": { table: "Tab. 17", scores: { Avg: 34.6 } } },
    examples: { kind: "set", set: "dsr-sub" },
    settings: {},
    reward: { name: "label-noise", share: 0.6 }
  },
  {
    name: "label-noise-90",
    title: "DSR-sub with 90 % of its answers taken from other examples",
    place: "Tab. 17",
    results: { "1.5b": { table: "Tab. 17", scores: { Avg: 31.2 } } },
    examples: { kind: "set", set: "dsr-sub" },
    settings: {},
    reward: { name: "label-noise", share: 0.9 }
  }
]
