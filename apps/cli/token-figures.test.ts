import { assert, describe, it } from "@effect/vitest"
import { smallRun } from "../../pipelines/small-run.fixture.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { ScoresComputed } from "../../schemas/scores-computed.ts"
import { spanOf, trainedFigures } from "./token-figures.ts"

const { config } = smallRun()
const floats = (...values: ReadonlyArray<number>) => Float32Array.from(values)

/** Two answers of two and three tokens. */
const rollouts = [
  { promptId: "a", sampleIndex: 1, length: 2 },
  { promptId: "a", sampleIndex: 0, length: 3 }
]
const gradient = new GradientComputed({
  ...goldenEvents.GradientComputed,
  rollouts,
  advantages: floats(1, 2, 3, 4, 5),
  logProbs: floats(-1, -2, -3, -4, -5),
  entropies: floats(0.1, 0.2, 0.3, 0.4, 0.5),
  referenceLogProbs: floats(-1, -2, -3, -4.5, -5)
})
const scores = new ScoresComputed({
  ...goldenEvents.ScoresComputed,
  rollouts: [...rollouts].reverse(),
  oldLogProbs: floats(-3, -4, -6, -1, -2),
  referenceLogProbs: floats(-3, -4, -5, -1, -2),
  values: floats()
})
const sampled = { promptId: "a", sampleIndex: 0, logProbs: floats(-3, -3, -5), entropies: null }
const of = (given: Partial<Parameters<typeof trainedFigures>[1]>, settings: Partial<RunConfig> = {}) =>
  trainedFigures(sampled, { gradient: null, scores: null, ...given }, { ...config, ...settings })

describe("figures of an answer", () => {
  it("given a shard of many, then its own part of every array", () => {
    assert.deepStrictEqual(spanOf(gradient, sampled), { index: 1, from: 2, length: 3 })
    assert.isNull(spanOf(gradient, { promptId: "b", sampleIndex: 0 }))
    const figures = of({ gradient })
    assert.deepStrictEqual(figures.trainerLogProbs, floats(-3, -4, -5))
    assert.deepStrictEqual(figures.trainerEntropies, floats(0.3, 0.4, 0.5))
    assert.deepStrictEqual(figures.advantages, floats(3, 4, 5))
    assert.deepStrictEqual(figures.ratios, floats(1, Math.exp(-1), 1))
    // k3 with d = -0.5, worked out by hand: exp(-0.5) + 0.5 - 1.
    assert.closeTo(figures.kls?.[1] ?? 0, 0.10653, 1e-5)
    assert.deepStrictEqual([figures.kls?.[0], figures.kls?.[2]], [0, 0])
  })

  it("given an event of one advantage an answer, then every token has that of its answer", () => {
    const older = new GradientComputed({ ...gradient, advantages: floats(7, 8) })
    assert.deepStrictEqual(of({ gradient: older }).advantages, floats(8, 8, 8))
  })

  it("given recomputed old log-probs, then the ratio is taken to those; while there are none, there is no ratio", () => {
    assert.deepStrictEqual(of({ gradient, scores }, { oldLogProbs: "recomputed" }).ratios, floats(1, 1, Math.exp(1)))
    assert.isNull(of({ gradient }, { oldLogProbs: "recomputed" }).ratios)
  })

  it("given no reference in the gradient, then that of the scores; given no gradient, then nothing but what was sampled", () => {
    const without = new GradientComputed({ ...gradient, referenceLogProbs: floats() })
    assert.deepStrictEqual(of({ gradient: without, scores }).referenceLogProbs, floats(-3, -4, -5))
    assert.isNull(of({ gradient: without }).kls)
    const figures = of({})
    assert.deepStrictEqual(figures.logProbs, sampled.logProbs)
    assert.deepStrictEqual(
      [figures.advantages, figures.ratios, figures.kls, figures.trainerLogProbs],
      [null, null, null, null]
    )
  })
})
