/**
 * What the policy learns from in place of right answers by GRPO: entropy alone, the format, a critic's advantages.
 */
import { mathAndMean, pi1, type Recipe, scores } from "./recipe.ts"

/** Tables 8 and its like have the row beside those of whole sets. */
const setNotSaid = "its set is not said"

export const signals: ReadonlyArray<Recipe> = [
  {
    name: "entropy-only",
    title: "The entropy bonus alone, for a few steps",
    place: "Tab. 13",
    results: {
      "1.5b": { table: "Tab. 13", scores: scores(63.4, 8.8, 33.8, 14.3, 26.5, 3.3, 25.0), remark: "20 steps" },
      "7b": { table: "Tab. 13", scores: mathAndMean(57.2, 25.0), remark: "4 steps" },
      llama: { table: "Tab. 13", scores: mathAndMean(47.8, 19.5), remark: "10 steps" }
    },
    examples: pi1,
    settings: { policyCoefficient: 0, klCoefficient: 0, weightDecay: 0 },
    steps: { paper: { "1.5b": 20, "7b": 4, llama: 10 }, mini: 10 }
  },
  {
    name: "no-entropy",
    title: "Right answers, without the entropy bonus",
    place: "Tab. 14",
    results: { "1.5b": { table: "Tab. 14", scores: mathAndMean(68.2, 32.6) } },
    examples: pi1,
    settings: { entropyCoefficient: 0 }
  },
  {
    name: "format",
    title: "A reward for a boxed answer, right or wrong",
    place: "Tab. 14",
    results: { "1.5b": { table: "Tab. 14", scores: mathAndMean(65.4, 29.2) } },
    examples: pi1,
    settings: {},
    reward: { name: "format" }
  },
  {
    name: "format-dsr-sub",
    title: "A reward for a boxed answer on all of DSR-sub",
    place: "Tab. 8",
    results: {
      "1.5b": { table: "Tab. 8", scores: scores(65.0, 8.3, 45.9, 17.6, 29.9, 5.4, 28.7), remark: setNotSaid },
      "7b": { table: "7B table", scores: scores(65.8, 24.2, 54.4, 24.3, 30.4, 6.7, 34.3), remark: setNotSaid }
    },
    examples: { kind: "set", set: "dsr-sub" },
    settings: {},
    reward: { name: "format" }
  },
  {
    name: "format-no-entropy",
    title: "A reward for a boxed answer, without the entropy bonus",
    place: "Tab. 14",
    results: { "1.5b": { table: "Tab. 14", scores: mathAndMean(61.6, 27.6) } },
    examples: pi1,
    settings: { entropyCoefficient: 0 },
    reward: { name: "format" }
  },
  {
    name: "ppo",
    title: "PPO on π1: advantages by GAE from a critic",
    place: "Tab. 4",
    results: { "1.5b": { table: "Tab. 4", scores: scores(72.4, 11.7, 51.6, 26.8, 33.3, 7.1, 33.8) } },
    examples: pi1,
    settings: { advantage: "gae" }
  },
  {
    name: "ppo-dsr-sub",
    title: "PPO on all of DSR-sub",
    place: "Tab. 4",
    results: { "1.5b": { table: "Tab. 4", scores: scores(72.8, 19.2, 48.1, 27.9, 35.0, 9.6, 35.4) } },
    examples: { kind: "set", set: "dsr-sub" },
    settings: { advantage: "gae" }
  }
]
