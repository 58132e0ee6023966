import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { catalogue, eventTags, OnefoldEvent, schemaId, topics } from "./catalogue.ts"
import { goldenEvents } from "./golden-events.ts"
import { Protocol, RunId } from "./ids.ts"

describe("the catalogue", () => {
  it("names every event once", () => {
    assert.deepStrictEqual([...eventTags].sort(), OnefoldEvent.members.map(({ identifier }) => identifier).sort())
    assert.strictEqual(new Set(eventTags.map((tag) => catalogue[tag].number)).size, eventTags.length)
  })

  // These numbers lie in people's logs: a change here makes what is written there unreadable.
  it("keeps the schema ids that were given", () => {
    const ids = Object.fromEntries(eventTags.map((tag) => [tag, schemaId(tag, 1)]))
    assert.deepStrictEqual(ids, {
      RunStarted: 101,
      RolloutRequested: 201,
      RolloutGenerated: 301,
      RolloutGraded: 401,
      GradientRequested: 501,
      GradientComputed: 601,
      PolicyUpdated: 701,
      EvaluationRequested: 801,
      EvaluationSampled: 901,
      EvaluationCompleted: 1001,
      RunPaused: 1101,
      RunResumed: 1201,
      RunFinished: 1301,
      RunFailed: 1401,
      DeadLettered: 1501,
      ScoresRequested: 1601,
      ScoresComputed: 1701,
      CriticGradientRequested: 1801,
      CriticGradientComputed: 1901,
      CriticUpdated: 2001,
      RunCancelled: 2101
    })
  })

  it("has an upcaster for every step from version 1 to the newest", () => {
    for (const tag of eventTags) assert.lengthOf(catalogue[tag].upcasters, catalogue[tag].version - 1, tag)
  })

  it("puts what a run does next into one topic, keyed by the run, so that it has one order", () => {
    const story = [
      "RunStarted",
      "PolicyUpdated",
      "CriticUpdated",
      "EvaluationCompleted",
      "RunPaused",
      "RunResumed",
      "RunFinished",
      "RunCancelled"
    ] as const
    for (const tag of story) {
      assert.strictEqual(catalogue[tag].topic.name, "runs", tag)
      assert.strictEqual(catalogue[tag].key(goldenEvents[tag]), "golden-run", tag)
    }
  })

  it("spreads heavy work by its cohort or shard", () => {
    assert.strictEqual(catalogue.RolloutRequested.key(goldenEvents.RolloutRequested), "golden-run/0/1")
    assert.strictEqual(catalogue.RolloutGenerated.key(goldenEvents.RolloutGenerated), "golden-run/0/1")
    assert.strictEqual(catalogue.GradientRequested.key(goldenEvents.GradientRequested), "golden-run/0/3")
    assert.strictEqual(catalogue.EvaluationRequested.key(goldenEvents.EvaluationRequested), "golden-run/0/avg@8/0")
    assert.strictEqual(catalogue.EvaluationSampled.key(goldenEvents.EvaluationSampled), "golden-run/0/avg@8/0")
    assert.strictEqual(catalogue.GradientComputed.key(goldenEvents.GradientComputed), "golden-run")
    assert.strictEqual(catalogue.RolloutGraded.key(goldenEvents.RolloutGraded), "golden-run")
  })

  it("uses every topic, and no two topics share a name", () => {
    const used = new Set(eventTags.map((tag) => catalogue[tag].topic))
    assert.deepStrictEqual([...used].map(({ name }) => name).sort(), topics.map(({ name }) => name).sort())
    assert.strictEqual(new Set(topics.map(({ name }) => name)).size, topics.length)
  })
})

describe("event ids", () => {
  it("tell the coordinates, with a word for the kind", () => {
    const ids = Object.fromEntries(eventTags.map((tag) => [tag, goldenEvents[tag].eventId]))
    assert.deepStrictEqual(ids, {
      RunStarted: "golden-run/started",
      RolloutRequested: "golden-run/0/rollouts/1",
      RolloutGenerated: "golden-run/0/rollout/two:0/127",
      RolloutGraded: "golden-run/0/grade/two:0/127",
      GradientRequested: "golden-run/0/shard/3",
      GradientComputed: "golden-run/0/gradient/3",
      PolicyUpdated: "golden-run/1/policy",
      EvaluationRequested: "golden-run/0/test/avg@8/0",
      EvaluationSampled: "golden-run/0/answer/avg@8/chain:17/7",
      EvaluationCompleted: "golden-run/0/evaluation/avg@8",
      RunPaused: "golden-run/paused/1",
      RunResumed: "golden-run/resumed/2",
      RunFinished: "golden-run/finished",
      RunFailed: "golden-run/failed/2",
      RunCancelled: "golden-run/cancelled",
      DeadLettered: "dead-letter/rollouts.generated/3/12",
      ScoresRequested: "golden-run/0/scoring/3",
      ScoresComputed: "golden-run/0/scores/3",
      CriticGradientRequested: "golden-run/0/critic-shard/3",
      CriticGradientComputed: "golden-run/0/critic-gradient/3",
      CriticUpdated: "golden-run/1/critic"
    })
    assert.strictEqual(new Set(Object.values(ids)).size, eventTags.length)
  })

  it("are made of names that cannot run into each other", () => {
    const isRunId = Schema.is(RunId)
    for (const good of ["a", "0", "mini-two-0-s0", "x".repeat(64)]) assert.isTrue(isRunId(good), good)
    for (const bad of ["", "-a", "A", "a/b", "a b", "a\n", "x".repeat(65)]) assert.isFalse(isRunId(bad), bad)
    const isProtocol = Schema.is(Protocol)
    for (const good of ["greedy", "avg@8", "train@128"]) assert.isTrue(isProtocol(good), good)
    for (const bad of ["", "a/b", "@8", "avg@8\n"]) assert.isFalse(isProtocol(bad), bad)
  })
})
