/** Which run made the policy of a step: the run itself, or one whose past it shares, however many forks ago. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { smallRun } from "../../pipelines/small-run.fixture.ts"
import { layerMemory } from "../../platform/log/memory.ts"
import { hash } from "../../platform/stream/events.fixture.ts"
import { append, emptyLog } from "../../platform/stream/log.fixture.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { RunId } from "../../schemas/ids.ts"
import { configText } from "./begin-run.ts"
import { policyInLineage } from "./policy-at.ts"
import { findRun } from "./recorded.ts"
import { altered } from "./replay/recorded.fixture.ts"

const state = { optimizer: hash("c"), state: hash("d") }

/** A run of two updates from where it begins; `of` and `at`: what it forks. */
const told = (name: string, digits: string, of?: string, at = 0) => {
  const runId = RunId.make(name)
  const fork =
    of === undefined ? {} : { fork: { run: RunId.make(of), step: at, policy: { hash: hash("f"), ...state } } }
  const { config } = smallRun({ steps: at + 2, ...fork })
  return [
    altered(goldenEvents.RunStarted, { runId, config: configText(config), baseHash: hash("0") }),
    ...[...digits].map((digit, i) =>
      altered(goldenEvents.PolicyUpdated, { runId, step: at + i + 1, policyHash: hash(digit) })
    )
  ]
}

const found = (name: string, step: number | null, ...events: ReadonlyArray<ReturnType<typeof told>>) =>
  Effect.gen(function* () {
    yield* emptyLog
    yield* append(events.flat())
    const { hash, of, step: at } = yield* policyInLineage(yield* findRun(name), step)
    return `${of.started.runId} ${at} ${hash[0]}`
  }).pipe(Effect.provide(layerMemory))

const generations = [told("first", "12"), told("second", "34", "first", 1), told("third", "56", "second", 2)]

describe("the policy of a fork at a step", () => {
  it.effect.each([
    [null, "third 4 6"],
    [3, "third 3 5"],
    [2, "third 2 f"],
    [1, "second 1 f"],
    [0, "first 0 0"]
  ] as const)("of %s is %s", ([step, expected]) =>
    Effect.map(found("third", step, ...generations), (actual) => assert.strictEqual(actual, expected))
  )

  it.effect("given a parent that is not here, then it says which run has it", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(found("third", 0, ...generations.slice(1)))
      assert.include(message, "the policy after 0 updates is of run first, which run second forks at step 1")
      assert.strictEqual(yield* found("third", 1, ...generations.slice(1)), "second 1 f")
    })
  )

  it.effect("given runs that name each other, then it says that there is none", () =>
    Effect.gen(function* () {
      const circle = [told("one", "1", "two", 2), told("two", "2", "one", 2)]
      const { message } = yield* Effect.flip(found("one", 0, ...circle))
      assert.include(message, "has no policy after 0 updates")
    })
  )
})
