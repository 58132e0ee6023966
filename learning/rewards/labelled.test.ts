import { assert, describe, it } from "@effect/vitest"
import { grade } from "../grading/grade.ts"
import { sequence } from "../random/sequence.ts"
import { LabelImpossible } from "./label-impossible.ts"
import { labelled, type Prompt } from "./labelled.ts"

const prompt = (promptId: string, answer: string): Prompt => ({ promptId, text: `${promptId}?\n`, answer })
const earns = (label: string, answer: string) =>
  grade({ id: "a", text: `\\boxed{${answer}}`, reference: label }).verdict

/** Examples as a set has them: one answer of four comes often. */
const set = (count: number): ReadonlyArray<Prompt> =>
  Array.from({ length: count }, (_, i) => prompt(`p${i}`, i % 4 === 0 ? "7" : `${i}`))

const shuffled = <A>(from: ReadonlyArray<A>): ReadonlyArray<A> => {
  const random = sequence(5, 5)
  return from
    .map((each) => ({ each, rank: random.uniform() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ each }) => each)
}

const byId = (prompts: ReadonlyArray<Prompt>) =>
  Object.fromEntries(prompts.map(({ answer, promptId, trueAnswer }) => [promptId, { answer, trueAnswer }]))

describe("wrong-label", () => {
  const wrong = (answer: string, seed: number) => labelled([prompt("p", answer)], { reward: "wrong-label" }, seed)[0]

  it.each(["39", "1", "0", "-4", "12.8", "0.05", "-0.5", "1/2", "2\\sqrt{3}", "99999999999999999999", "\\frac{1}{2}"])(
    "given the answer %s and any seed, then another one that the grader tells apart, the right one kept",
    (answer) => {
      const labels = Array.from({ length: 200 }, (_, seed) => wrong(answer, seed))
      for (const { answer: label, trueAnswer } of labels) {
        assert.strictEqual(trueAnswer, answer)
        assert.strictEqual(earns(label, answer), "incorrect")
        assert.strictEqual(earns(label, label), "correct")
      }
      assert.isAbove(new Set(labels.map((each) => each.answer)).size, 5)
    }
  )

  it("given an integer, then one at most ten away, and none below 1 of a positive one", () => {
    for (let seed = 0; seed < 200; seed++) {
      const label = Number(wrong("3", seed).answer)
      assert.isTrue(Number.isInteger(label) && label >= 1 && label <= 13 && label !== 3, `${label}`)
    }
  })

  it("given the same seed, then the same label, whatever else is in the set", () => {
    const [alone] = labelled([prompt("p3", "3")], { reward: "wrong-label" }, 9)
    assert.deepStrictEqual(byId(labelled(shuffled(set(40)), { reward: "wrong-label" }, 9)).p3, {
      answer: alone.answer,
      trueAnswer: "3"
    })
  })

  it("given a label, then it is that; given one that the grader takes for the right one, then it is refused", () => {
    const settings = (label: string) => ({ reward: "wrong-label", rewardParameters: { label } })
    assert.deepStrictEqual(labelled([prompt("p", "32")], settings("39"), 0), [
      { ...prompt("p", "39"), trueAnswer: "32" }
    ])
    assert.throws(() => labelled([prompt("p", "39.0")], settings("39"), 0), LabelImpossible, /39\.0/)
  })

  it("given an example that is labelled already, then what is wrong differs from the right answer", () => {
    for (let seed = 0; seed < 100; seed++) {
      const [again] = labelled([{ ...prompt("p", "1"), trueAnswer: "2" }], { reward: "wrong-label" }, seed)
      assert.strictEqual(again.trueAnswer, "2")
      assert.strictEqual(earns(again.answer, "2"), "incorrect")
    }
  })
})

describe("label-noise", () => {
  const noise = (prompts: ReadonlyArray<Prompt>, share: number, seed = 1) =>
    labelled(prompts, { reward: "label-noise", rewardParameters: { share } }, seed)
  const wrong = (prompts: ReadonlyArray<Prompt>) => prompts.filter(({ trueAnswer }) => trueAnswer !== undefined)

  it.each([
    [1209, 0.6, 725],
    [1209, 0.9, 1088],
    [100, 0.25, 25],
    [7, 0.5, 4],
    [10, 0, 0],
    [10, 1, 10],
    [1, 0.6, 1],
    [1, 0.4, 0]
  ])(
    "given %d examples and the share %d, then exactly %d of them are wrong, each for the grader too",
    (n, share, k) => {
      for (const seed of [1, 2]) {
        const noisy = wrong(noise(set(n), share, seed))
        assert.strictEqual(noisy.length, k)
        for (const { answer, trueAnswer = "" } of noisy) assert.strictEqual(earns(answer, trueAnswer), "incorrect")
      }
    }
  )

  it("given the set in another order, then the same labels", () => {
    const prompts = set(200)
    assert.deepStrictEqual(byId(noise(shuffled(prompts), 0.6)), byId(noise(prompts, 0.6)))
  })

  it("given another seed, then other examples are wrong; given a larger share, then those and more", () => {
    const ids = (prompts: ReadonlyArray<Prompt>) => new Set(wrong(prompts).map(({ promptId }) => promptId))
    assert.notDeepEqual(ids(noise(set(200), 0.6, 1)), ids(noise(set(200), 0.6, 2)))
    const more = ids(noise(set(200), 0.6))
    for (const id of ids(noise(set(200), 0.3))) assert.isTrue(more.has(id), id)
  })

  it("given wrong labels, then they are answers of other examples", () => {
    const prompts = set(60)
    const answers = new Set(prompts.map(({ answer }) => answer))
    for (const { answer } of noise(prompts, 1)) assert.isTrue(answers.has(answer), answer)
  })

  it("given examples that all have one answer, then a wrong one near it", () => {
    const prompts = Array.from({ length: 5 }, (_, i) => prompt(`p${i}`, "7"))
    for (const { answer } of noise(prompts, 1)) assert.notStrictEqual(answer, "7")
  })
})

describe("a reward without labels", () => {
  it.each(["outcome", "random", "someone's"])("%s leaves the examples as they are", (reward) => {
    const prompts = [prompt("a", "1"), { ...prompt("b", "2"), trueAnswer: "3" }]
    assert.deepStrictEqual(labelled(prompts, { reward }, 1), prompts)
  })
})
