/** A run is folded again from its bytes, over memory: what is recorded holds, what is damaged is named, and a fork of it goes on. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Artifacts, ArtifactUnreadable } from "../../../learning/artifacts.ts"
import { engineWithBase } from "../../../pipelines/engine.fixture.ts"
import { foldThread, serveUntilWritten, startOf } from "../../../pipelines/pipeline.fixture.ts"
import type { Run } from "../../../pipelines/runs.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { append, emptyLog, eventsIn } from "../../../platform/stream/log.fixture.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import { forkOf } from "../fork/fork.ts"
import { altered, logOf, plain, run, served, servedPlain } from "./recorded.fixture.ts"
import { replayed } from "./replay.ts"

/** Artifacts of which one cannot be read. */
const without = (hash: string, reason: "missing" | "hash-mismatch" = "hash-mismatch") =>
  Layer.effect(
    Artifacts,
    Effect.map(Artifacts, (artifacts) => ({
      ...artifacts,
      load: (asked: string) =>
        asked === hash
          ? Effect.fail(new ArtifactUnreadable({ hash, place: "here", reason, detail: "as the test wants it" }))
          : artifacts.load(asked)
    }))
  )

const inMemory = Effect.provide(Layer.fresh(layerMemory))
const whole = { run: "last", to: null, verify: true }
const nearest = { ...whole, verify: false }

const gradientsOf = Effect.fn("gradientsOf")(function* (step: number) {
  return (yield* eventsIn("gradients.computed"))
    .filter((event) => event._tag === "GradientComputed" && event.step === step)
    .flatMap((event) => (event._tag === "GradientComputed" ? [event] : []))
    .sort((a, b) => a.shard - b.shard)
})

const policies = Effect.map(eventsIn("runs"), (events) =>
  events.flatMap((event) => (event._tag === "PolicyUpdated" ? [event] : [])).sort((a, b) => a.step - b.step)
)

/** Serves a fork of the run in the log to its end; the parent's questions are its own. */
const forked = Effect.fn("forked")(function* (
  parent: Run,
  options: { readonly run: string; readonly at: number; readonly set?: ReadonlyArray<string> }
) {
  const { config, name } = yield* forkOf({ set: [], steps: null, ...options })
  const fork: Run = { ...parent, runId: name, config }
  yield* append([startOf(fork)])
  yield* serveUntilFinished(fork)
  return (yield* policies).filter(({ runId }) => runId === name)
})

/** The parent's end lies in the log too. */
const serveUntilFinished = (run: Run) => {
  const finished = Effect.gen(function* () {
    while (true) {
      const ends = (yield* eventsIn("runs")).filter(({ _tag, runId }) => _tag === "RunFinished" && runId === run.runId)
      if (ends.length > 0) return
      yield* Effect.yieldNow
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
    }
  })
  return Effect.raceFirst(Effect.andThen(serveUntilWritten(run, "RunFailed"), Effect.never), finished)
}

const hashesOf = (of: ReadonlyArray<{ step: number; policyHash: string; optimizerHash: string }>) =>
  of.map(({ optimizerHash, policyHash, step }) => [step, policyHash, optimizerHash])

const forkIn = ({ fork }: RunConfig) => {
  if (fork === undefined) throw new Error("it is no fork")
  return fork
}

describe("over memory", () => {
  layer(Layer.merge(engineWithBase(1), foldThread), { timeout: 60_000 })("a run", (it) => {
    it.effect("replayed, of a run with a critic and several updates a batch, then every step of both is equal", () =>
      Effect.gen(function* () {
        yield* logOf(served)
        const { refolded } = yield* replayed(whole)
        assert.deepInclude(refolded, { equal: 4, of: 4, firstDifferent: null, from: 0, damage: [] })
      }).pipe(inMemory)
    )

    it.effect(
      "replayed, without --verify, then it begins at the nearest snapshot and compares the step asked for",
      () =>
        Effect.gen(function* () {
          yield* logOf(served)
          const starts = yield* Effect.forEach([4, 3, 2, 1, 0], (to) => replayed({ ...nearest, to }))
          assert.deepStrictEqual(
            starts.map(({ refolded: { equal, from, of } }) => [from, equal, of]),
            [
              [4, 1, 1],
              [2, 1, 1],
              [2, 1, 1],
              [0, 1, 1],
              [0, 1, 1]
            ]
          )
        }).pipe(inMemory)
    )

    it.effect(
      "replayed, of a gradient that cannot be read, then step and shard are named, with what holds before it",
      () =>
        Effect.gen(function* () {
          yield* logOf(served)
          const [, second] = yield* gradientsOf(2)
          const { refolded } = yield* replayed(whole).pipe(Effect.provide(without(second.gradientHash)))
          assert.deepInclude(refolded, { equal: 2, of: 4, reached: 2 })
          assert.deepInclude(refolded.firstDifferent, { step: 3, shard: 1, what: "policy's gradient" })
          assert.include(
            refolded.firstDifferent?.detail,
            `${second.gradientHash} at here cannot be used (hash-mismatch)`
          )
          const later = yield* replayed(nearest).pipe(Effect.provide(without(second.gradientHash)))
          assert.deepInclude(later.refolded, { equal: 1, firstDifferent: null }, "from the snapshot after it")
        }).pipe(inMemory)
    )

    it.effect("replayed, of a log that names no gradient of a shard, then that shard is named", () =>
      Effect.gen(function* () {
        yield* logOf(served, (event) =>
          event._tag === "CriticGradientComputed" && event.step === 1 && event.shard === 0 ? [] : [event]
        )
        const { refolded } = yield* replayed(whole)
        assert.deepInclude(refolded.firstDifferent, { step: 2, shard: 0, what: "critic's gradient" })
      }).pipe(inMemory)
    )

    it.effect("replayed, of an update that says another hash, then it is found: nothing is read back from it", () =>
      Effect.gen(function* () {
        const other = "f".repeat(64)
        for (const [field, what] of [
          ["policyHash", "weights"],
          ["optimizerHash", "moments"],
          ["snapshotHash", "snapshot"]
        ])
          yield* Effect.gen(function* () {
            yield* logOf(served, (event) => {
              if (event._tag !== "PolicyUpdated" || event.step !== 2) return [event]
              return [altered(event, { [field]: other })]
            })
            const { refolded } = yield* replayed(whole)
            assert.deepInclude(refolded.firstDifferent, { step: 2, shard: null, what: `policy's ${what}` })
            assert.strictEqual(refolded.equal, 1)
          }).pipe(Effect.provide(Layer.fresh(layerMemory)))
      })
    )

    it.effect("replayed, of gradients that another update names, then only their own events count", () =>
      Effect.gen(function* () {
        yield* logOf(served, (event) => {
          if (event._tag !== "PolicyUpdated") return [event]
          return [altered(event, { gradientHashes: [] })]
        })
        assert.deepInclude((yield* replayed(whole)).refolded, { equal: 4, firstDifferent: null })
      }).pipe(inMemory)
    )

    it.effect("replayed, of a snapshot or of weights that are damaged, then --verify finds them", () =>
      Effect.gen(function* () {
        yield* logOf(served)
        const [first, second] = yield* policies
        for (const [hash, step, what] of [
          [second.snapshotHash ?? "", 2, "policy's snapshot"],
          [first.policyHash, 1, "policy's stored weights"]
        ] as const) {
          const { refolded } = yield* replayed(whole).pipe(Effect.provide(without(hash)))
          assert.deepInclude(refolded.firstDifferent, { step, shard: null, what })
        }
      }).pipe(inMemory)
    )

    it.effect(
      "replayed, given a step that the run has not come to, or a name that nobody has, then it is refused",
      () =>
        Effect.gen(function* () {
          yield* logOf(served)
          const late = yield* Effect.flip(replayed({ ...whole, to: 5 }))
          assert.include(late.message, "it has those from 0 to 4")
          const unknown = yield* Effect.flip(replayed({ ...whole, run: "imagined-rum" }))
          assert.include(unknown.message, "did you mean imagined-run?")
        }).pipe(inMemory)
    )

    it.effect(
      "forked, in which nothing was set, then it has the parent's weights and moments at every later step",
      () =>
        Effect.gen(function* () {
          yield* logOf(served)
          const parents = yield* policies
          const own = yield* forked(run, { run: "last", at: 2 })
          assert.deepStrictEqual(hashesOf(own), hashesOf(parents.slice(2)))
        }).pipe(inMemory)
    )

    it.effect(
      "forked, from between two snapshots, of a fork, with other settings, then it is another run, and verifies to its base",
      () =>
        Effect.gen(function* () {
          yield* logOf(servedPlain)
          const parents = yield* policies
          const own = yield* forked(plain, { run: "imagined-run", at: 1, set: ["learningRate=0.02"] })
          assert.notStrictEqual(own[0].policyHash, parents[1].policyHash)
          const again = yield* forked(plain, { run: own[0].runId, at: 2, set: ["steps=4", "seed=9"] })
          assert.deepStrictEqual(
            again.map(({ step }) => step),
            [3, 4]
          )
          const name = again[0].runId
          const { refolded } = yield* replayed({ ...whole, run: name })
          assert.deepInclude(refolded, { equal: 4, of: 4, firstDifferent: null })
          const events = (yield* eventsIn("rollouts.generated")).filter(({ runId }) => runId === name)
          assert.isTrue(events.every((event) => "step" in event && event.step >= 2))
          const [, second] = yield* gradientsOf(0)
          const broken = yield* replayed({ ...whole, run: name }).pipe(Effect.provide(without(second.gradientHash)))
          assert.deepInclude(broken.refolded.firstDifferent, { step: 1, shard: 1 }, "in the parent's past")
          const alone = yield* replayed({ ...nearest, run: name }).pipe(Effect.provide(without(second.gradientHash)))
          assert.deepInclude(alone.refolded, { equal: 1, firstDifferent: null })
        }).pipe(inMemory)
    )

    it.effect("forked, whose parent is not here, then --verify says so, and its own steps can be replayed", () =>
      Effect.gen(function* () {
        yield* logOf(served)
        const { config, name } = yield* forkOf({ run: "last", at: 2, set: [], steps: null })
        const orphan: Run = {
          ...run,
          runId: name,
          config: new RunConfig({ ...config, fork: { ...forkIn(config), run: plain.runId } })
        }
        yield* Effect.gen(function* () {
          yield* emptyLog
          yield* append([startOf(orphan)])
          const missing = yield* Effect.flip(replayed({ ...whole, run: name }))
          assert.include(missing.message, "and this data folder does not hold that run")
          assert.deepInclude((yield* replayed({ ...nearest, run: name })).refolded, {
            equal: 1,
            from: 2,
            firstDifferent: null
          })
        }).pipe(Effect.provide(Layer.fresh(layerMemory)))
      }).pipe(inMemory)
    )

    it.effect.each([
      [2, ["lora.rank=2"], "what is trained was chosen"],
      [2, ["evaluation.samples=4"], "could not be compared"],
      [2, ["steps=2"], "nothing would be learned"],
      [1, [], "amid a batch of 2 updates"],
      [2, ["advantage=grpo"], "advantage"],
      [2, ["critic.warmUpBatches=1"], "begun to learn at another step"],
      [5, [], "it has those from 0 to 4"]
    ] as const)("forked at step %d with %j, then it is refused: %s", ([at, set, said]) =>
      Effect.gen(function* () {
        yield* logOf(served)
        const refused = yield* Effect.flip(forkOf({ run: "last", at, set, steps: null }))
        assert.include(refused.message, said)
      }).pipe(inMemory)
    )
  })
})
