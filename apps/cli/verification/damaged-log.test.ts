/** Whatever is done to the log of a run that was recorded is found and named. */
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Draft } from "../../../platform/log/event-log.ts"
import { draftOf } from "../../../platform/stream/deliver.ts"
import type { EventOf, Tag } from "../../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import * as run from "./recorded-run.fixture.ts"
import { altering, isOf, kindsOf, names } from "./recorded-run.fixture.ts"

const scratch = scratchFolder()
const steps = 3

/** Everything the run wrote, topic by topic. */
let written: ReadonlyArray<run.Written> = []

beforeAll(async () => {
  written = await run.recorded(join(scratch, "run"), "--steps", String(steps))
}, 300_000)

const found = (drafts: ReadonlyArray<Draft>) => run.found(drafts, join(scratch, "run", "blobs"))
const faultsIn = (drafts: ReadonlyArray<Draft>) => Effect.map(found(drafts), ({ findings }) => findings.faults)
const drafts = () => written.map(({ draft }) => draft)
const first = <T extends Tag>(tag: T, at?: (event: EventOf<T>) => boolean) => run.firstOf(written, tag, at)
const without = (gone: OnefoldEvent) => run.without(written, gone)
const replaced = (old: OnefoldEvent, by: OnefoldEvent) => run.replaced(written, old, by)

const other = "e".repeat(64)

describe("a log from which something was taken", () => {
  it.effect("given a rollout that is gone, then it is missed, and its verdict follows from nothing", () =>
    Effect.gen(function* () {
      const gone = first("RolloutGenerated", ({ step }) => step === 1)
      const faults = yield* faultsIn(without(gone))
      names(faults, "missing", gone.eventId, "among its rollouts")
      const grade = first("RolloutGraded", ({ causes }) => causes[0].id === gone.eventId)
      names(faults, "cause", grade.eventId, `${gone.eventId}, of which the log has no record`)
    })
  )

  it.effect.each([
    "RolloutRequested",
    "RolloutGraded",
    "GradientRequested",
    "GradientComputed",
    "PolicyUpdated",
    "EvaluationSampled",
    "EvaluationCompleted"
  ] as const)("given a %s that is gone, then it is missed by its id", (tag) =>
    Effect.gen(function* () {
      const gone = first(tag)
      names(yield* faultsIn(without(gone)), "missing", gone.eventId, "the log has no record of it")
    })
  )

  it.effect("given an evaluation's request that is gone, then its answers follow from nothing", () =>
    Effect.gen(function* () {
      const gone = first("EvaluationRequested")
      const faults = yield* faultsIn(without(gone))
      assert.deepStrictEqual(kindsOf(faults), ["cause"])
      assert.include(faults[0].detail, gone.eventId)
    })
  )

  it.effect("given that it is not finished, then a gap before its newest step is a fault all the same", () =>
    Effect.gen(function* () {
      const [gone, end] = [first("RolloutGenerated", ({ step }) => step === 0), first("RunFinished")]
      const kept = written.filter(({ event }) => event !== gone && event !== end).map(({ draft }) => draft)
      const { findings } = yield* found(kept)
      names(findings.faults, "missing", gone.eventId, "among its rollouts")
      assert.deepStrictEqual(
        findings.pending.map(({ what }) => what),
        ["end"]
      )
    })
  )
})

describe("a log in which something was altered", () => {
  it.effect("given another text under the right id, then the verdict's cause does not match it", () =>
    Effect.gen(function* () {
      const old = first("RolloutGenerated")
      const faults = yield* faultsIn(replaced(old, altering(old, { text: `${old.text} ` })))
      const grade = first("RolloutGraded", ({ causes }) => causes[0].id === old.eventId)
      names(faults, "cause", grade.eventId, `it follows from ${old.eventId} with sha256`)
      names(faults, "cause", first("GradientRequested").eventId, "one was altered")
    })
  )

  it.effect.each([
    ["RolloutGraded", "GradientRequested"],
    ["GradientComputed", "PolicyUpdated"],
    ["EvaluationSampled", "EvaluationCompleted"]
  ] as const)("given a %s that was altered, then the digest that %s holds does not match", ([tag, follower]) =>
    Effect.gen(function* () {
      const old = first(tag)
      const altered = isOf("GradientComputed", old)
        ? altering(old, { loss: old.loss + 1 })
        : altering(old, { rule: "x" })
      const faults = yield* faultsIn(replaced(old, altered))
      assert.deepStrictEqual(kindsOf(faults), ["cause"])
      assert.isTrue(faults.every(({ detail }) => detail.includes("one was altered")))
      const ids = written.filter(({ event }) => event._tag === follower).map(({ event }) => event.eventId)
      assert.include(ids, faults[0].id)
    })
  )

  it.effect("given other policy hashes, then each is held against that of its step", () =>
    Effect.gen(function* () {
      for (const tag of ["RolloutGenerated", "RolloutRequested", "GradientComputed", "EvaluationSampled"] as const) {
        const old = first(tag, ({ step }) => step > 0)
        const faults = yield* faultsIn(replaced(old, altering(old, { policyHash: other })))
        names(faults, "hash", old.eventId, `it names policy ${other}, but that of step ${old.step} is `)
      }
      const policy = first("PolicyUpdated", ({ step }) => step === 2)
      const faults = yield* faultsIn(replaced(policy, altering(policy, { previousPolicyHash: other })))
      names(faults, "hash", policy.eventId, "but that of step 1 is")
      const end = first("RunFinished")
      names(yield* faultsIn(replaced(end, altering(end, { policyHash: other }))), "hash", end.eventId, "of step 3 is")
    })
  )

  it.effect(
    "given other gradients and shards, then they are held against what was made of them and what was asked",
    () =>
      Effect.gen(function* () {
        const old = first("GradientComputed")
        const gradient = yield* faultsIn(replaced(old, altering(old, { gradientHash: other })))
        names(gradient, "hash", old.eventId, `it names gradient ${other}, but policy 1 was made of ${old.gradientHash}`)
        const packed = yield* faultsIn(replaced(old, altering(old, { packedHash: other })))
        names(packed, "hash", old.eventId, `it was computed from packed shard ${other}`)
        const policy = first("PolicyUpdated")
        const fewer = altering(policy, { gradientHashes: policy.gradientHashes.slice(1) })
        names(yield* faultsIn(replaced(policy, fewer)), "hash", policy.eventId, "gradients; expected ")
      })
  )

  it.effect("given causes with another hash, another id or none, then they are named", () =>
    Effect.gen(function* () {
      const old = first("RolloutGraded")
      const [cause] = old.causes
      const hash = yield* faultsIn(replaced(old, altering(old, { causes: [{ ...cause, sha256: other }] })))
      names(hash, "cause", old.eventId, `${cause.id} with sha256 ${other}`)
      const id = yield* faultsIn(replaced(old, altering(old, { causes: [{ ...cause, id: "x" }] })))
      names(id, "cause", old.eventId, `it names as causes x; expected ${cause.id}`)
      names(
        yield* faultsIn(replaced(old, altering(old, { causes: [] }))),
        "cause",
        old.eventId,
        "causes none; expected"
      )
    })
  )

  it.effect("given another configuration, hash of it or hash of the data, then that is named", () =>
    Effect.gen(function* () {
      const old = first("RunStarted")
      const spaced = yield* faultsIn(replaced(old, altering(old, { config: `${old.config} ` })))
      names(spaced, "config", old.eventId, `its configHash is ${old.configHash}, but its configuration has`)
      const config = yield* faultsIn(replaced(old, altering(old, { configHash: other })))
      names(config, "config", old.eventId, `its configHash is ${other}`)
      const data = yield* faultsIn(replaced(old, altering(old, { dataHash: other })))
      names(data, "config", old.eventId, `its dataHash is ${other}`)
    })
  )
})

describe("a log to which something was added", () => {
  const added = (event: OnefoldEvent) => faultsIn([...drafts(), draftOf(event)])

  it.effect("given a record with an id that was there and other content, then both hashes are named", () =>
    Effect.gen(function* () {
      const old = first("RolloutGenerated")
      const faults = yield* added(altering(old, { text: "something else" }))
      assert.deepStrictEqual(kindsOf(faults), ["conflict"])
      names(faults, "conflict", old.eventId, "but the first record of this id has")
    })
  )

  it.effect("given what has no place in the run, then it is called a stranger, with what there is", () =>
    Effect.gen(function* () {
      const rollout = first("RolloutGenerated")
      const [graded, answer] = [first("RolloutGraded"), first("EvaluationSampled")]
      const [asked, gradient, policy] = [first("RolloutRequested"), first("GradientComputed"), first("PolicyUpdated")]
      const cases: ReadonlyArray<readonly [OnefoldEvent, string]> = [
        [altering(rollout, { sampleIndex: 999 }), "sample 999 is out of range: there are "],
        [altering(rollout, { promptId: "chain:77" }), "the batch of step 0 has no prompt chain:77"],
        [altering(rollout, { step: steps }), `step ${steps} is out of range: the run has ${steps} updates`],
        [altering(rollout, { cohort: 99, sampleIndex: 998 }), "cohort 99 is out of range"],
        [altering(graded, { sampleIndex: 999 }), "sample 999 is out of range"],
        [altering(asked, { cohort: 99 }), "cohort 99 is out of range"],
        [altering(gradient, { shard: 98, shards: 99 }), "it is one of 99 shards, but the run has "],
        [altering(gradient, { shard: gradient.shards }), `shard ${gradient.shards} is out of range`],
        [altering(policy, { step: steps + 1 }), `update ${steps + 1} is out of range`],
        [altering(answer, { problemId: "test/none/0" }), `test ${answer.protocol} has no problem test/none/0`],
        [altering(answer, { protocol: "hard" }), "sits no test hard"],
        [altering(answer, { sampleIndex: 99 }), "sample 99 is out of range"],
        [altering(goldenEvents.CriticUpdated, { runId: rollout.runId }), "the run has no critic"],
        [altering(goldenEvents.ScoresComputed, { runId: rollout.runId }), "the run asks for no scores"]
      ]
      for (const [event, said] of cases) {
        const faults = yield* added(event)
        names(faults, "stranger", event.eventId, said)
        assert.lengthOf(faults, 1)
      }
    })
  )

  it.effect("given bytes that are no event, then where they lie is named", () =>
    Effect.gen(function* () {
      const [rollout] = drafts().filter(({ topic }) => topic === "rollouts.generated")
      const junk = { ...rollout, value: new TextEncoder().encode("not an event") }
      const cut = { ...rollout, value: rollout.value.slice(0, -2) }
      const unknown = { ...rollout, value: Uint8Array.from(rollout.value, (byte, i) => (i === 1 ? 9 : byte)) }
      for (const [record, said] of [
        [junk, "not-an-event"],
        [cut, "cannot read RolloutGenerated v2"],
        [unknown, "its schema id is"]
      ] as const) {
        const faults = yield* faultsIn([...drafts(), record])
        assert.lengthOf(faults, 1)
        names(faults, "unreadable", null, said)
        assert.strictEqual(faults[0].place?.topic, "rollouts.generated")
      }
    })
  )

  it.effect("given an event in a topic of another kind, then that is named", () =>
    Effect.gen(function* () {
      const old = first("RolloutGraded")
      const moved = written.map(({ draft, event }) => (event === old ? { ...draft, topic: "scores.computed" } : draft))
      names(
        yield* faultsIn(moved),
        "misplaced",
        old.eventId,
        "belongs in topic rollouts.graded, not in scores.computed"
      )
    })
  )
})
