/** The second opinion: it agrees with the events about their ids, and sees what was planted. */
import { assert, describe, it } from "@effect/vitest"
import { encode } from "../../../platform/log/codec.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { type RawEvent, rawEvent } from "./raw-topics.ts"
import { idOf, tallied } from "./tally.ts"

const event = (kind: string, fields: Omit<RawEvent["fields"], "runId">): RawEvent => ({
  kind,
  fields: { runId: "r", ...fields },
  place: "topic/0/0"
})

/** A run of one step, whole. */
const whole: ReadonlyArray<RawEvent> = [
  event("run-started", { config: '{"steps":1,"seed":0}' }),
  event("rollout-requested", { step: 0, cohort: 0, prompts: [{ promptId: "p/1", firstSample: 2, samples: 2 }] }),
  ...[2, 3].flatMap((sampleIndex) => [
    event("rollout-generated", { step: 0, promptId: "p/1", sampleIndex }),
    event("rollout-graded", { step: 0, promptId: "p/1", sampleIndex })
  ]),
  ...[0, 1].flatMap((shard) => [
    event("gradient-requested", { step: 0, shard, shards: 2 }),
    event("gradient-computed", { step: 0, shard, shards: 2 })
  ]),
  event("policy-updated", { step: 1, gradientHashes: ["a", "b"] }),
  ...[0, 1].map((cohort) =>
    event("evaluation-requested", {
      ...{ step: 1, protocol: "greedy", cohort, cohorts: 2 },
      ...{ problemIds: [`q${cohort}`], samplesPerProblem: 1 }
    })
  ),
  ...["q0", "q1"].map((problemId) =>
    event("evaluation-sampled", { step: 1, protocol: "greedy", problemId, sampleIndex: 0 })
  ),
  event("evaluation-completed", { step: 1, protocol: "greedy" }),
  event("run-finished", {})
]

const requests = new Set(["run-started", "rollout-requested", "evaluation-requested"])

describe("the tally of raw topics", () => {
  it("given an event of each kind as it lies in a topic, then it reads it and makes the id that the event has", () => {
    for (const golden of Object.values(goldenEvents)) {
      const raw = rawEvent("topic/0/0", Buffer.from(encode(golden)))
      assert.strictEqual(idOf(raw), golden.eventId)
    }
  })

  it("given a whole run, then nothing is lost or doubled", () => {
    const { duplicates, lost } = tallied(whole)
    assert.deepStrictEqual({ duplicates, lost }, { duplicates: [], lost: [] })
  })

  it("given any event twice, then it finds that one", () => {
    for (const planted of whole)
      assert.deepStrictEqual(tallied([...whole, planted]).duplicates, [idOf(planted)], planted.kind)
  })

  it("given a run without one of the events that were asked for, then it finds that one", () => {
    for (const planted of whole.filter(({ kind }) => !requests.has(kind))) {
      const { lost } = tallied(whole.filter((each) => each !== planted))
      assert.deepStrictEqual(lost, [idOf(planted)], planted.kind)
    }
  })

  it("given a run that asked for nothing at a step, then that is lost", () => {
    const { lost } = tallied(whole.filter(({ kind }) => kind !== "rollout-requested"))
    assert.deepStrictEqual(lost, ["r/0/rollouts/0"])
  })

  it("given a coordinate that had to be there for another reason, then its absence is a loss", () => {
    assert.deepStrictEqual(tallied(whole, ["r/0/critic"]).lost, ["r/0/critic"])
  })

  it("given bytes that are no event, then it says where", () => {
    assert.throws(() => rawEvent("runs/1/7", Buffer.from("x")), /runs\/1\/7/)
  })
})
