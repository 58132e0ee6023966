/** Runs that learn otherwise than GRPO, through every stage: to their end, with one worker or two, and killed on the way. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layerMemory } from "../platform/log/memory.ts"
import { append, emptyLog, eventsIn } from "../platform/stream/log.fixture.ts"
import { engineWithBase } from "./engine.fixture.ts"
import {
  contentOf,
  foldThread,
  killedAgainAndAgain,
  servedAnew,
  serveUntilWritten,
  startOf,
  visible
} from "./pipeline.fixture.ts"
import type { Run } from "./runs.ts"
import { criticHash, ppo, smallRun } from "./small-run.fixture.ts"

const small = { steps: 4, copies: 4, cohorts: 2, shards: 2 }

const runs: ReadonlyArray<readonly [string, Run]> = [
  ["PPO", smallRun({ ...small, ...ppo })],
  ["PPO whose critic learns alone first", smallRun({ ...small, ...ppo, critic: { ...ppo.critic, warmUpBatches: 2 } })],
  [
    "PPO with two updates a batch and the KL in the reward",
    smallRun({
      ...small,
      ...ppo,
      updatesPerBatch: 2,
      klCoefficient: 0,
      klRewardCoefficient: 0.1,
      gamma: 0.9,
      lambda: 0.8
    })
  ],
  [
    "PPO with two updates a batch and a warm-up",
    smallRun({ ...small, ...ppo, updatesPerBatch: 2, critic: { ...ppo.critic, warmUpBatches: 1 } })
  ],
  ["four updates a batch", smallRun({ ...small, updatesPerBatch: 4 })],
  [
    "old log-probs computed anew, with importance weights and two bounds",
    smallRun({ ...small, oldLogProbs: "recomputed", importanceCap: 2, clipHigh: 0.28, updatesPerBatch: 2 })
  ],
  ["one example a batch of two", smallRun({ ...small, batchPrompts: 1 })],
  ["sums as the reference packs them", smallRun({ ...small, aggregation: "verl-microbatch", microBatchTokens: 40 })],
  [
    "GSPO by sequence means over one group",
    smallRun({ ...small, policyLoss: "gspo", aggregation: "seq-mean-token-mean", grouping: "example" })
  ],
  [
    "RLOO with the KL in both places",
    smallRun({ ...small, advantage: "rloo", klInBoth: true, klRewardCoefficient: 0.01 })
  ]
]

const storyOf = (run: Run) =>
  Effect.gen(function* () {
    yield* emptyLog
    yield* append([startOf(run)])
    yield* serveUntilWritten(run, "RunFinished")
    return yield* eventsIn("runs")
  }).pipe(Effect.provide(Layer.fresh(layerMemory)))

describe("a run that learns otherwise", () => {
  layer(Layer.merge(engineWithBase(2), foldThread), { timeout: 120_000 })("over memory and the engine", (it) => {
    it.effect.each(runs)("given %s, then it goes on to its end, and every id is written once", ([, run]) =>
      Effect.gen(function* () {
        const written = yield* servedAnew(run)
        assert.strictEqual(visible(written).size, written.length)
        const count = (part: string) => written.filter(({ id }) => id.includes(part)).length
        const { batchPrompts = 2, critic, steps, updatesPerBatch } = run.config
        const batches = steps / updatesPerBatch
        const learned = steps - (critic?.warmUpBatches ?? 0) * updatesPerBatch
        assert.deepStrictEqual(["/rollouts/", "/rollout/", "/grade/"].map(count), [
          batches * 2,
          batches * 8 * batchPrompts,
          batches * 8 * batchPrompts
        ])
        assert.deepStrictEqual(["/shard/", "/gradient/", "/policy"].map(count), [learned * 2, learned * 2, steps])
        const values = critic === undefined ? 0 : steps
        assert.deepStrictEqual(
          ["/critic-shard/", "/critic-gradient/", "/critic"].map(
            (part) => written.filter(({ id }) => (part === "/critic" ? id.endsWith(part) : id.includes(part))).length
          ),
          [values * 2, values * 2, values]
        )
        assert.deepStrictEqual(["/finished", "dead-letter"].map(count), [1, 0])
      })
    )

    it.effect.each(runs)("given %s with one worker, then the log is the same to the byte", ([, run]) =>
      Effect.gen(function* () {
        const alone = yield* servedAnew(run).pipe(Effect.provide(Layer.fresh(engineWithBase(1))))
        assert.deepStrictEqual(visible(alone), visible(yield* servedAnew(run)))
      })
    )

    it.effect.each(runs.slice(0, 6))(
      "given %s and kills on the way, then the log that is left is the undisturbed one's",
      ([, run]) =>
        Effect.gen(function* () {
          yield* emptyLog
          yield* append([startOf(run)])
          assert.isAbove(yield* killedAgainAndAgain(run, 7), 2, "it was killed")
          assert.deepStrictEqual(visible(yield* contentOf), visible(yield* servedAnew(run)))
        }).pipe(Effect.provide(layerMemory))
    )

    it.effect("given PPO, then policy and critic both move, each from where it began", () =>
      Effect.gen(function* () {
        const [, run] = runs[0]
        const story = yield* storyOf(run)
        const critics = story.filter((event) => event._tag === "CriticUpdated")
        assert.strictEqual(critics[0].previousCriticHash, criticHash)
        assert.strictEqual(new Set(critics.map((event) => event.criticHash)).size, 4)
        assert.isTrue(critics.every(({ metrics }) => metrics.gradientNorm > 0))
        const policies = story.filter((event) => event._tag === "PolicyUpdated")
        assert.strictEqual(new Set(policies.map((event) => event.policyHash)).size, 4)
      })
    )

    it.effect("given a critic that learns alone first, then the policy stays until it has", () =>
      Effect.gen(function* () {
        const [, run] = runs[1]
        const policies = (yield* storyOf(run)).filter((event) => event._tag === "PolicyUpdated")
        assert.deepStrictEqual(
          policies.map(({ policyHash, previousPolicyHash }) => policyHash === previousPolicyHash),
          [true, true, false, false]
        )
        assert.deepStrictEqual(
          policies.map(({ gradientHashes }) => gradientHashes.length),
          [0, 0, 2, 2]
        )
      })
    )
  })
})
