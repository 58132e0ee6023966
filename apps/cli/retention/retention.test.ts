/** What a run may lose, by what it keeps: never what a resume, a late test or another run needs. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ppo, smallRun } from "../../../pipelines/small-run.fixture.ts"
import { testsAt } from "../../../pipelines/tests.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { hash, runId } from "../../../platform/stream/events.fixture.ts"
import { append, emptyLog } from "../../../platform/stream/log.fixture.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RunId } from "../../../schemas/ids.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { altered } from "../replay/recorded.fixture.ts"
import { Inventory, keeperOf, removableOf } from "./inventory.ts"
import { keepingOf } from "./keeping.ts"
import { Kept } from "./kept.ts"
import { namedByOthers } from "./named-hashes.ts"

const { CriticGradientComputed, EvaluationCompleted, GradientComputed, PolicyUpdated, RunCancelled, RunFinished } =
  goldenEvents
const gradient = (step: number, gradientHash: string, packedHash: string) =>
  altered(GradientComputed, { runId, step, gradientHash, packedHash })
const criticGradient = (step: number, gradientHash: string, packedHash: string) =>
  altered(CriticGradientComputed, { runId, step, gradientHash, packedHash })
const policy = (step: number, policyHash: string, isSnapshot: boolean) =>
  altered(PolicyUpdated, { runId, step, policyHash, snapshotHash: isSnapshot ? hash("0") : null })

/** Four steps, snapshots after two and four; a shard each, and a gradient of step 3 that is the one of step 0. */
const told = (choices: Partial<RunConfig>) => {
  const run = smallRun({ snapshotEvery: 2, ...choices })
  const kept = new Kept(keeperOf(run))
  for (const [step, g, p] of [
    [0, "1", "a"],
    [1, "2", "b"],
    [2, "3", "c"],
    [3, "1", "d"]
  ] as const)
    kept.take(gradient(step, hash(g), hash(p)))
  for (const [step, weights] of ["5", "6", "7", "8"].entries())
    kept.take(policy(step + 1, hash(weights), step % 2 === 1))
  return { kept, run }
}

const going = (kept: Kept, policy: number, critic = Number.POSITIVE_INFINITY): string =>
  [...kept.removable({ policy, critic })]
    .map(([digit]) => digit)
    .sort()
    .join("")

describe("what a run may lose", () => {
  it("is nothing where it keeps everything", () => {
    assert.strictEqual(going(told({}).kept, 4), "")
    assert.strictEqual(going(told({ keep: "gradients" }).kept, 4), "")
  })

  it("is gradients and packed shards of steps before the snapshot that is known for good, but none that a later step names", () => {
    const { kept } = told({ keep: "rollouts" })
    assert.strictEqual(going(kept, 0), "")
    assert.strictEqual(going(kept, 2), "2ab")
    assert.strictEqual(going(kept, 4), "123abcd")
  })

  it("is, with a critic, no packed shard that either may need, and no gradient of the one that lags", () => {
    const { kept } = told({ keep: "rollouts", ...ppo })
    kept.take(criticGradient(0, hash("e"), hash("a")))
    assert.strictEqual(going(kept, 2, 0), "2")
    assert.strictEqual(going(kept, 2, 2), "2abe")
  })

  it("is, of snapshots alone, also weights between them, once their tests are over", () => {
    const { kept, run } = told({ keep: "snapshots", evaluation: { ...smallRun().config.evaluation, everySteps: 1 } })
    assert.strictEqual(going(kept, 4), "123abcd")
    for (const { name } of testsAt(3, run)) kept.take(altered(EvaluationCompleted, { runId, step: 3, protocol: name }))
    assert.strictEqual(going(kept, 4), "1237abcd")
    assert.strictEqual(going(kept, 2), "2ab", "policy 3 is after the snapshot that is known")
  })
})

describe("a run that is over", () => {
  it.effect.each([RunFinished, RunCancelled])(
    "given a snapshot that no stage took note of, then its gradients stay, and go with $_tag, for nothing opens it again",
    (word) =>
      Effect.gen(function* () {
        yield* emptyLog
        const inventory = new Inventory(runId, keeperOf(smallRun({ keep: "rollouts" })))
        const place = { topic: "runs", partition: 0, offset: 0 }
        for (const event of [gradient(0, hash("1"), hash("a")), policy(1, hash("5"), true)])
          inventory.take(event, place)
        assert.isEmpty([...(yield* removableOf(inventory))])
        inventory.take(altered(word, { runId }), place)
        assert.sameMembers([...(yield* removableOf(inventory))], [hash("1"), hash("a")])
      }).pipe(Effect.provide(layerMemory))
  )
})

describe("what a run begins with", () => {
  it("stays, though updates that changed nothing made the very same weights", () => {
    const fork = { run: runId, step: 0, policy: { hash: hash("5"), optimizer: hash("c"), state: hash("d") } }
    for (const [choices, first] of [
      [{}, smallRun().baseHash],
      [{ lora: { rank: 1, alpha: 1, targets: ["q_proj"], initial: hash("6") } }, hash("6")],
      [{ fork }, hash("5")]
    ] as const) {
      const run = smallRun({ keep: "snapshots", ...choices })
      const kept = new Kept(keeperOf(run))
      for (const { name } of testsAt(2, run))
        kept.take(altered(EvaluationCompleted, { runId, step: 2, protocol: name }))
      kept.take(policy(1, first, false))
      kept.take(policy(2, hash("9"), false))
      kept.take(policy(4, hash("8"), true))
      assert.strictEqual(going(kept, 4), "9", JSON.stringify(choices))
    }
  })
})

describe("a packed shard that is asked about again", () => {
  it.each([goldenEvents.GradientRequested, goldenEvents.CriticGradientRequested, goldenEvents.ScoresRequested])(
    "stays until that is computed and folded, whoever asks: $_tag",
    (request) => {
      const { kept } = told({ keep: "rollouts" })
      kept.take(altered(request, { runId, step: 2, packedHash: hash("a") }))
      assert.strictEqual(going(kept, 2), "2b")
      assert.strictEqual(going(kept, 4), "123abcd")
    }
  )
})

describe("hashes that other runs name", () => {
  it.effect("are found anywhere in their events, amid a configuration too", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const config = JSON.stringify({ fork: { policy: { state: hash("7") } } })
      yield* append([
        altered(goldenEvents.RunStarted, { runId: RunId.make("other-run"), config }),
        altered(goldenEvents.GradientRequested, { runId: RunId.make("other-run"), packedHash: hash("8") }),
        gradient(0, hash("9"), hash("a"))
      ])
      const named = yield* namedByOthers(runId)
      assert.includeMembers([...named], [hash("7"), hash("8")])
      assert.notInclude([...named], hash("9"))
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("--keep", () => {
  it.effect.each([
    [null, {}],
    ["gradients", {}],
    ["rollouts", { keep: "rollouts" }],
    ["snapshots", { keep: "snapshots" }],
    ["snapshots:every=5", { keep: "snapshots", snapshotEvery: 5 }]
  ] as const)("%s is read", ([typed, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* keepingOf(typed, undefined), expected)
    })
  )

  it.effect.each(["nothing", "snapshots:every=0", "snapshots:every=x", "rollouts:every=2", ""])(
    "%s is refused",
    (typed) =>
      Effect.gen(function* () {
        const { message } = yield* Effect.flip(keepingOf(typed, undefined))
        assert.include(message, "snapshots:every=N")
      })
  )

  it.effect("is refused where --snapshot-every says something else", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(keepingOf("snapshots:every=5", 4))
      assert.include(message, "--snapshot-every says 4")
    })
  )
})
