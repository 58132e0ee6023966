/**
 * The same experiment computed otherwise: where the paper's text and code differ, traps of its code, and objectives that
 * came after it. On π1; the paper has no numbers for them.
 */
import { pi1, type Recipe } from "./recipe.ts"

const variant = (name: string, title: string, place: string, settings: Recipe["settings"]): Recipe => ({
  name,
  title,
  place,
  results: {},
  examples: pi1,
  settings
})

export const variants: ReadonlyArray<Recipe> = [
  variant(
    "verl-compatible",
    "The loss as the code has it: its packing-dependent mean, old log-probs scored again, one update a batch",
    "code",
    {
      aggregation: "verl-microbatch",
      oldLogProbs: "recomputed",
      updatesPerBatch: 1
    }
  ),
  variant("as-written", "Eight updates a rollout batch, as the paper's text has it; the code makes one", "Sec. 3.1", {
    oldLogProbs: "recomputed",
    updatesPerBatch: 8
  }),
  variant("one-group", "All rollouts of the example as one group; the code makes groups of 8", "text against code", {
    grouping: "example"
  }),
  variant("no-kl", "No KL at all", "trap of the code", { klCoefficient: 0 }),
  variant(
    "no-kl-as-coded",
    "What the code makes of use_kl_loss=False: the KL moves into the reward",
    "trap of the code",
    {
      klCoefficient: 0,
      klRewardCoefficient: 0.001,
      klRewardEstimator: "k1"
    }
  ),
  variant(
    "dapo",
    "DAPO's clip (0.2 below, 0.28 above), mean over tokens, no KL; not its sampling, not its length penalty",
    "arXiv 2503.14476",
    {
      clipHigh: 0.28,
      klCoefficient: 0,
      entropyCoefficient: 0,
      aggregation: "token-mean"
    }
  ),
  variant("dr-grpo", "Dr.GRPO: advantages without the deviation, sums over a constant, no KL", "arXiv 2503.20783", {
    advantageStd: false,
    klCoefficient: 0,
    entropyCoefficient: 0,
    aggregation: "drgrpo-constant"
  }),
  variant("gspo", "GSPO: one ratio a sequence, clipped far more narrowly", "arXiv 2507.18071", {
    policyLoss: "gspo",
    clip: 3e-4,
    clipHigh: 4e-4,
    klCoefficient: 0,
    aggregation: "seq-mean-token-mean"
  }),
  variant("tis", "Importance weights of old against sampled log-probs, cut at 2", "truncated importance sampling", {
    importanceCap: 2,
    oldLogProbs: "recomputed"
  }),
  variant("rloo", "RLOO: against the mean of a group's other rollouts", "arXiv 2402.14740", { advantage: "rloo" })
]
