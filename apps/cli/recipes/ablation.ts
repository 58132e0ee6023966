/**
 * Table 5: which part of the loss does it? On π1; MATH500 and AIME24, the best of each.
 *
 * Which parts a row has is read from the paper's text, since the plus signs of the table lost their columns.
 */
import { pi1, type Recipe, type RecipeReward, scores } from "./recipe.ts"

/** The four parts that a row may have: policy gradient, weight decay, KL, entropy. */
interface Row {
  readonly says: string
  readonly math500: number
  readonly aime24: number
  readonly policy?: false
  readonly decay?: false
  readonly kl?: false
  /** The entropy's coefficient; the preset's where left out. */
  readonly entropy?: number
  readonly reward?: RecipeReward
  readonly untrained?: true
}

const rows: ReadonlyArray<Row> = [
  { says: "nothing: the base", math500: 39.8, aime24: 7.5, untrained: true },
  { says: "policy loss", math500: 71.8, aime24: 15.4, decay: false, kl: false, entropy: 0 },
  { says: "policy loss and weight decay", math500: 71.4, aime24: 16.3, kl: false, entropy: 0 },
  { says: "policy loss, weight decay and KL", math500: 70.8, aime24: 15.0, entropy: 0 },
  { says: "all", math500: 74.8, aime24: 17.5 },
  { says: "all, entropy 0.003", math500: 73.6, aime24: 15.4, entropy: 0.003 },
  { says: "policy loss and entropy", math500: 75.6, aime24: 17.1, decay: false, kl: false },
  { says: "weight decay and KL", math500: 39.0, aime24: 10.0, policy: false, entropy: 0 },
  { says: "weight decay, KL and entropy", math500: 65.4, aime24: 7.1, policy: false },
  { says: "entropy", math500: 63.4, aime24: 8.8, policy: false, decay: false, kl: false },
  {
    says: "all, rewarded for 12.7, which is nearly right",
    math500: 73.4,
    aime24: 17.9,
    reward: { name: "wrong-label", paper: "12.7", mini: "31" }
  },
  {
    says: "all, rewarded for 4, which is wrong but can be guessed",
    math500: 57.0,
    aime24: 9.2,
    reward: { name: "wrong-label", paper: "4", mini: "4" }
  },
  {
    says: "all, rewarded for 929725, which cannot be guessed",
    math500: 64.4,
    aime24: 9.6,
    reward: { name: "wrong-label", paper: "929725", mini: "929725" }
  }
]

const settingsOf = ({ decay, entropy, kl, policy }: Row): Recipe["settings"] => ({
  ...(policy === false ? { policyCoefficient: 0 } : {}),
  ...(decay === false ? { weightDecay: 0 } : {}),
  ...(kl === false ? { klCoefficient: 0 } : {}),
  ...(entropy === undefined ? {} : { entropyCoefficient: entropy })
})

export const ablation: ReadonlyArray<Recipe> = rows.map((row, i) => ({
  name: `ablation-${i + 1}`,
  title: `Ablation: ${row.says}`,
  place: `Tab. 5, row ${i + 1}`,
  results: { "1.5b": { table: "Tab. 5", scores: scores(row.math500, row.aime24), remark: "best of each" } },
  examples: pi1,
  settings: settingsOf(row),
  ...(row.untrained === undefined ? {} : { steps: { paper: { "1.5b": 0 }, mini: 0 } }),
  ...(row.reward === undefined ? {} : { reward: row.reward })
}))
