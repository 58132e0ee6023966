/** Every named question, asked of a history whose events are known: its figures are those that the events come to. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import type { EventTag, OnefoldEvent } from "../../schemas/catalogue.ts"
import { events, openHistory, otherId, records, sweptId } from "./asked-history.fixture.ts"
import { vocabulary } from "./fabricated/names.ts"
import { namedQuestions } from "./named-questions.ts"

const history = openHistory()
afterAll(history.close)

const all = <T extends EventTag>(tag: T) =>
  events.filter((event): event is Extract<OnefoldEvent, { readonly _tag: T }> => event._tag === tag)

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Every training token with what is known of it. */
const tokens = all("GradientComputed").flatMap((gradient) => {
  let n = 0
  return gradient.rollouts.flatMap(({ length, sampleIndex }) => {
    const rollout = all("RolloutGenerated").find(
      (each) => each.step === gradient.step && each.sampleIndex === sampleIndex
    )
    assert(rollout !== undefined)
    return Array.from({ length }, (_, position) => {
      const at = n++
      return {
        ...{ step: gradient.step, position, token: rollout.tokens[position], entropy: gradient.entropies[at] },
        ...{ logProb: gradient.logProbs[at], sampled: rollout.logProbs[position] }
      }
    })
  })
})

const nearly = (actual: unknown, expected: number, what: string): void => {
  assert(typeof actual === "number", what)
  assert.approximately(actual, expected, 1e-6 * Math.max(1, Math.abs(expected)), what)
}

describe("every named question", () => {
  it.each(namedQuestions())("$name has the columns of its picture, in both runs", async ({ name, picture }) => {
    for (const given of [{}, name === "compare" ? { run: otherId, other: "run-1" } : { run: otherId }]) {
      const rows = await history.rowsOf(name, name === "moved-tokens" ? { ...given, least: "1" } : given)
      assert.isNotEmpty(rows)
      for (const column of picture.columns)
        assert.isTrue(
          rows.every((row) => column in row),
          column
        )
    }
  })

  it.each(namedQuestions())("$name asked of a run that is not there has no rows", async ({ name }) => {
    const rows = await history.rowsOf(name, { run: "nobody", ...(name === "compare" ? { other: "nobody" } : {}) })
    assert.deepStrictEqual(rows, [])
  })
})

describe("the figures", () => {
  it("saturation: training is the batch of that policy, tests are the evaluations'", async () => {
    const rows = await history.rowsOf("saturation")
    const training = all("PolicyUpdated").map(({ metrics, step }) => ({
      ...{ step: step - 1, series: "training", accuracy: metrics.solvedShare, low: null, high: null }
    }))
    const tests = all("EvaluationCompleted").map(({ protocol, results: [{ accuracy, high, low }], step }) => ({
      ...{ step, series: protocol, accuracy, low, high }
    }))
    assert.deepStrictEqual(rows, [...training, ...tests])
    assert.deepStrictEqual(await history.rowsOf("saturation", { protocols: "greedy" }), training)
  })

  it("saturation: the base's held-out accuracy is the other run's where the configuration names one", async () => {
    const tests = (await history.rowsOf("saturation", { run: sweptId })).filter(({ series }) => series !== "training")
    assert.deepStrictEqual(
      tests.map(({ accuracy, series, step }) => [step, series, accuracy]),
      [
        [0, "avg@2", 0.25],
        [4, "avg@2", 0.5]
      ]
    )
    assert.deepStrictEqual(
      await history.rowsOf("saturation", { run: sweptId, protocols: "train@2" }),
      (await history.rowsOf("saturation", { run: sweptId })).filter(({ series }) => series === "training")
    )
  })

  it("dynamics and zero-signal: what each policy's event says", async () => {
    const rows = await history.rowsOf("dynamics")
    const names = ["entropy", "kl", "clipFraction", "responseLength"] as const
    assert.deepStrictEqual(
      rows.map(({ value }) => value),
      names.flatMap((name) => all("PolicyUpdated").map(({ metrics }) => metrics[name]))
    )
    const silent = (await history.rowsOf("zero-signal")).filter(({ series }) => series === "groups without a signal")
    assert.deepStrictEqual(
      silent.map(({ share }) => share),
      all("PolicyUpdated").map(({ metrics }) => metrics.zeroSignalGroups)
    )
  })

  it("reflection: answers that have one of the words, whatever the case", async () => {
    const shares = async (words: string) =>
      (await history.rowsOf("reflection", { words })).filter(({ series }) => series === "training")
    const rows = await shares("rethink,recheck")
    for (const { answers, share, step } of rows) {
      const own = all("RolloutGenerated").filter((each) => each.step === step)
      assert.strictEqual(answers, own.length)
      nearly(share, mean(own.map(({ text }) => Number(/rethink|recheck/i.test(text)))), `step ${step}`)
    }
    assert.isTrue(rows.some(({ share }) => share !== 0))
    for (const words of ["", "xyzzy", " "])
      assert.isTrue(
        (await shares(words)).every(({ share }) => share === 0),
        words
      )
  })

  it("accuracy: every family, at the first and the last policy that sat the test", async () => {
    const rows = await history.rowsOf("accuracy")
    assert.deepStrictEqual(
      rows.map(({ policy, step, test }) => `${test} ${policy} ${step}`),
      ["all", "chain", "word"].flatMap((family) => [`avg@2 ${family} before 0`, `avg@2 ${family} after 4`])
    )
    assert.lengthOf(await history.rowsOf("accuracy", { step: "4" }), 3)
  })

  it("accuracy: before is the base that another run tried, where the configuration names one", async () => {
    const rows = await history.rowsOf("accuracy", { run: sweptId })
    assert.deepStrictEqual(rows.map(({ accuracy, policy, step, test }) => [test, policy, step, accuracy]).slice(0, 2), [
      ["avg@2 all", "before", 0, 0.25],
      ["avg@2 all", "after", 4, 0.5]
    ])
    assert.isTrue(
      rows.every(({ test }) => String(test).startsWith("avg@2")),
      "the base's own example is not this run's"
    )
    assert.deepStrictEqual(await history.rowsOf("accuracy", { run: sweptId, protocols: "train@2" }), [])
  })

  it("variance: of the mean rewards, an unknown one counted as 0", async () => {
    const [{ mean_reward, steps, variance }] = await history.rowsOf("variance")
    const accuracies = [0, 1, 2, 3].map((step) =>
      mean(all("RolloutGraded").flatMap((each) => (each.step === step ? [each.reward ?? 0] : [])))
    )
    const middle = mean(accuracies)
    assert.strictEqual(steps, 4)
    nearly(mean_reward, middle, "mean")
    nearly(variance, mean(accuracies.map((accuracy) => (accuracy - middle) ** 2)), "variance")
  })

  it("entropy-in-response: means over the tokens at each place", async () => {
    const rows = await history.rowsOf("entropy-in-response")
    for (const { entropy, position, step, tokens: count } of rows) {
      const own = tokens.filter((token) => token.step === step && token.position === position)
      assert.strictEqual(count, own.length)
      nearly(entropy, mean(own.map((token) => token.entropy)), `${step}/${position}`)
    }
    const coarse = await history.rowsOf("entropy-in-response", { bins: "2" })
    assert.sameDeepMembers(
      coarse.map(({ position, step }) => [step, position]),
      [0, 2].flatMap((step) => [0, 6].map((position) => [step, position]))
    )
    assert.strictEqual(
      coarse.reduce((sum, row) => sum + Number(row.tokens), 0),
      tokens.length
    )
  })

  it("moved-tokens: mean probabilities at two steps, the farthest first", async () => {
    const rows = await history.rowsOf("moved-tokens", { step: "1", to: "2", least: "3", top: "4" })
    const at = (step: number, token: number) => tokens.filter((each) => each.step === step && each.token === token)
    const expected = Array.from({ length: 12 }, (_, token) => ({ token, before: at(1, token), after: at(2, token) }))
      .filter(({ after, before }) => Math.min(before.length, after.length) >= 3)
      .map(({ after, before, token }) => {
        const [from, to] = [before, after].map((own) => mean(own.map(({ logProb }) => Math.exp(logProb))))
        return { name: `"${vocabulary[token] ?? ""}" ${token}`, change: to - from }
      })
      .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
    assert.deepStrictEqual(
      rows.map(({ token }) => token),
      expected.slice(0, 4).map(({ name }) => name)
    )
    for (const [i, { change }] of rows.entries()) nearly(change, expected[i].change, String(i))
  })

  it("gradient-norms: the norm over a layer's parameters", async () => {
    const rows = await history.rowsOf("gradient-norms")
    const layers = ["embedding", "layer 0", "layer 1", "last norm"]
    const parts = [/embed/, /layers\.0\./, /layers\.1\./, /^model\.norm/]
    const expected = layers.flatMap((layer, i) =>
      all("PolicyUpdated").map(({ gradientNorms, step }) => {
        const own = gradientNorms.filter(({ parameter }) => parts[i].test(parameter))
        return { step, layer, norm: Math.hypot(...own.map(({ norm }) => norm)) }
      })
    )
    assert.deepStrictEqual(
      rows.map(({ layer, step }) => [layer, step]),
      expected.map(({ layer, step }) => [layer, step])
    )
    for (const [i, { norm }] of rows.entries()) nearly(norm, expected[i].norm, `row ${i}`)
  })

  it("mismatch: between a token's log-probs in sampling and in training", async () => {
    const rows = await history.rowsOf("mismatch")
    for (const [i, { difference, step }] of rows.entries()) {
      const gaps = tokens
        .filter((each) => each.step === step)
        .map(({ logProb, sampled }) => Math.abs(logProb - sampled))
      nearly(difference, i < 4 ? mean(gaps) : Math.max(...gaps), `row ${i}`)
    }
    assert.lengthOf(rows, 8)
    assert.isAbove(Number(rows[3].difference), 0.03)
  })

  it("rollouts: the best and the worst of a step, the likelier first, none whose reward is unknown", async () => {
    const rows = await history.rowsOf("rollouts", { step: "1", top: "2" })
    const judged = all("RolloutGraded").filter(({ reward, step }) => step === 1 && reward !== null)
    const ranked = (reward: number) =>
      judged
        .filter((each) => each.reward === reward)
        .map(({ sampleIndex }) => {
          const own = all("RolloutGenerated").find((each) => each.step === 1 && each.sampleIndex === sampleIndex)
          assert(own !== undefined)
          return { sample: sampleIndex, likely: mean([...own.logProbs]) }
        })
        .sort((a, b) => b.likely - a.likely)
        .slice(0, 2)
        .map(({ sample }) => sample)
    assert.deepStrictEqual(
      rows.map(({ sample }) => sample),
      [...ranked(1), ...ranked(0)]
    )
    assert.deepStrictEqual(await history.rowsOf("rollouts", { prompt: "another" }), [])
  })

  it("gave-ups: answers without a verdict, by rule, and none where there are none", async () => {
    const unknown = all("RolloutGraded").filter(({ verdict }) => verdict === "unknown").length
    assert.deepStrictEqual(await history.rowsOf("gave-ups"), [
      { place: "training", rule: "gave-up", answers: unknown, share: unknown / all("RolloutGraded").length },
      { place: "avg@2", rule: "none", answers: 0, share: 0 }
    ])
  })

  it("time: from a stage's first input to its last output, and the tokens it had", async () => {
    const rows = await history.rowsOf("time")
    const when = (tag: EventTag, step: number) =>
      records.flatMap(({ timestamp }, i) => {
        const event = events[i]
        return event._tag === tag && "step" in event && event.step === step ? [timestamp] : []
      })
    const seconds = [0, 1, 2, 3].reduce(
      (sum, step) => sum + Math.max(...when("RolloutGenerated", step)) - Math.min(...when("RolloutRequested", step)),
      0
    )
    const generate = rows.filter(({ stage }) => stage === "generate")
    nearly(generate[0].value, seconds / 1000, "seconds")
    assert.strictEqual(generate[1].value, tokens.length)
    nearly(generate[2].value, (1000 * tokens.length) / seconds, "tokens a second")
  })

  it("compare: both runs in every drawing", async () => {
    const rows = await history.rowsOf("compare", { protocol: "avg@2" })
    for (const run of ["run-1", otherId]) {
      const measures = new Set(rows.filter((row) => row.run === run).map(({ measure }) => measure))
      assert.strictEqual(measures.size, 5)
    }
  })

  it.each([
    ["swept-1", "run-1"],
    ["run-1", "swept-1"],
    ["swept-1", "swept-base"]
  ])("compare: of %s and %s, each has the base that was tried for it", async (run, other) => {
    const rows = await history.rowsOf("compare", { run, other, protocol: "avg@2" })
    const told = rows.flatMap((row) =>
      String(row.measure).startsWith("avg@2") ? [[row.run, row.step, row.value]] : []
    )
    const points = new Map([
      ["run-1", all("EvaluationCompleted").map(({ results: [{ accuracy }], step }) => [step, accuracy])],
      [
        "swept-1",
        [
          [0, 0.25],
          [4, 0.5]
        ]
      ],
      ["swept-base", [[0, 0.25]]]
    ])
    assert.deepStrictEqual(
      told,
      [run, other].flatMap((id) => (points.get(id) ?? []).map((point) => [id, ...point]))
    )
    const ofExamples = await history.rowsOf("compare", { run, other, protocol: "train@2" })
    assert.isTrue(
      ofExamples.every((row) => row.run !== sweptId || !String(row.measure).startsWith("train@2")),
      "the base's own example is not this run's"
    )
  })
})
