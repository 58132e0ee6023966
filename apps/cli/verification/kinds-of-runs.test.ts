/** Runs of every kind are in order as they were recorded. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { encode } from "../../../platform/log/codec.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RunCancelled } from "../../../schemas/run-cancelled.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import { found, isOf, recorded, type Written } from "./recorded-run.fixture.ts"

const scratch = scratchFolder()
const set = (...settings: ReadonlyArray<string>) => settings.flatMap((each) => ["--set", each])
const ppo = set("updatesPerBatch=2", "critic.warmUpBatches=1", "evaluation.everySteps=2", "steps=4")

describe("a recorded run", () => {
  it.each([
    ["of PPO, with a critic that learns first and two updates a batch", ["--recipe", "ppo", ...ppo]],
    ["with scores and a KL in its rewards", ["--recipe", "no-kl-as-coded", ...set("steps=1")]],
    ["of an adapter", ["--lora-rank", "2", "--steps", "1"]],
    ["that only evaluates", ["--recipe", "in-context", ...set("steps=0")]]
  ] as const)("%s is in order, artifacts and all", { timeout: 180_000 }, async (name, flags) => {
    const dataDir = join(scratch, name.replaceAll(/\W+/g, "-"))
    const written = await recorded(dataDir, ...flags)
    const { artifacts, findings } = await Effect.runPromise(
      found(
        written.map(({ draft }) => draft),
        join(dataDir, "blobs"),
        true
      )
    )
    assert.deepStrictEqual([findings.faults, artifacts?.faults, findings.pending], [[], [], []])
    assert.deepInclude(findings, { isFinished: true, events: written.length })
    // Whatever is taken away of it is missed.
    for (const { event } of written.filter((_, i) => i % 7 === 0)) {
      if (event._tag === "RunStarted" || event._tag === "RunFinished") continue
      const rest = written.filter((each) => each.event !== event).map(({ draft }) => draft)
      const without = await Effect.runPromise(found(rest, join(dataDir, "blobs")))
      const said = without.findings.faults.map(({ detail, id }) => `${id} ${detail}`).join("\n")
      assert.include(said, event.eventId, event._tag)
    }
  })

  it("that was cancelled is in order as far as it came, and what should be there is missed all the same", {
    timeout: 180_000
  }, async () => {
    const dataDir = join(scratch, "cancelled")
    const written = await recorded(dataDir, "--steps", "2")
    const isLater = ({ event }: Written): boolean => "step" in event && event.step > 0 && event._tag !== "PolicyUpdated"
    const sofar = written.filter(
      (each) =>
        each.event._tag !== "RunFinished" &&
        !isLater(each) &&
        !(isOf("PolicyUpdated", each.event) && each.event.step > 1)
    )
    const { runId } = written[0].event
    const word = new RunCancelled({ ...goldenEvents.RunCancelled, runId, causes: [] })
    const drafts = [...sofar.map(({ draft }) => draft), { topic: "runs", key: runId, value: encode(word) }]
    const blobs = join(dataDir, "blobs")
    const { findings } = await Effect.runPromise(found(drafts, blobs))
    assert.deepStrictEqual([findings.faults, findings.pending], [[], []])
    assert.deepInclude(findings, { isFinished: false, isCancelled: true })
    const gradient = sofar.find(({ event }) => event._tag === "GradientComputed")
    const hole = await Effect.runPromise(
      found(
        drafts.filter((draft) => draft !== gradient?.draft),
        blobs
      )
    )
    assert.isNotEmpty(hole.findings.faults.filter(({ kind }) => kind === "missing"))
  })
})
