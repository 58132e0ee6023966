/**
 * The reference's losses against formulas that are wrong on purpose: each wrong one is noticed by the cases that it concerns,
 * and there is no case that nothing wrong would break.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import type { Device } from "../../../learning/policy/device.ts"
import {
  deviceFor,
  goldenPath,
  goldenTitle,
  hasGolden,
  plainConfig,
  testOps
} from "../../../learning/policy/policies-for-tests.ts"
import { type Formulas, formulas } from "./formulas.ts"
import { checkLosses, lossesIn } from "./losses.ts"
import { clamps, masks, normalisers } from "./wrong-bounds.fixture.ts"
import { signs } from "./wrong-signs.fixture.ts"

const mutations = Object.entries({ ...signs, ...masks, ...clamps, ...normalisers })

describe.runIf(hasGolden)(goldenTitle("losses.json"), () => {
  const recorded = hasGolden ? lossesIn(goldenPath("")) : []
  let device: Device
  beforeAll(async () => {
    device = deviceFor(await testOps(), plainConfig)
  })

  /** The names of the cases that are off. */
  const broken = (wrong: Partial<Formulas>): ReadonlySet<string> => {
    const { checks } = checkLosses(recorded, device, { ...formulas, ...wrong })
    return new Set(checks.filter(({ off }) => off.length > 0).map(({ name }) => name))
  }
  const casesOf = (fn: string) => recorded.filter((each) => each.fn === fn).map(({ name }) => name)

  it("given our formulas, then no case is off and none is left out but those beyond the order", () => {
    const { checks, skipped, unchecked } = checkLosses(recorded, device)
    assert.deepStrictEqual(
      checks.flatMap(({ off }) => off),
      []
    )
    assert.deepStrictEqual(unchecked, [])
    assert.strictEqual(checks.length + skipped.length, recorded.length)
    const beyond = recorded.filter(({ extra }) => extra === true).map(({ name }) => name)
    for (const line of skipped) assert.include(beyond, line.split(":")[0])
  })

  it.each(mutations)("given %s, then the cases it concerns are off", (_, { every, some, wrong }) => {
    const off = broken(wrong)
    for (const fn of every) {
      assert.deepStrictEqual(
        casesOf(fn).filter((name) => !off.has(name)),
        [],
        fn
      )
    }
    for (const fn of some)
      assert.isTrue(
        casesOf(fn).some((name) => off.has(name)),
        fn
      )
  })

  it("given every checked case, then some wrong formula breaks it", () => {
    const off = new Set(mutations.flatMap(([, { wrong }]) => [...broken(wrong)]))
    const { skipped } = checkLosses(recorded, device)
    const checked = recorded
      .map(({ name }) => name)
      .filter((name) => !skipped.some((line) => line.startsWith(`${name}:`)))
    assert.deepStrictEqual(
      checked.filter((name) => !off.has(name)),
      []
    )
  })
})
