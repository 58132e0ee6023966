import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Logger } from "effect"
import { sequence } from "../random/sequence.ts"
import { answer } from "./answers.fixture.ts"
import type { Earned } from "./earned.ts"
import { openFile } from "./open-reward.ts"
import type { RewardSource } from "./reward-file.ts"

const file = (source: string, name = "mine.mjs"): RewardSource => ({
  path: `/home/me/${name}`,
  sha256: "0".repeat(64),
  source,
  isTypeScript: name.endsWith(".ts")
})

/** Its functions and fields as given; the rest in order. */
const module = (fields: string) =>
  file(`export default { name: "mine", version: 1, about: "for this test", parameters: {}, ${fields} }`)

const hostile = module(`
  reward: ({ text, tokens }) => {
    globalThis.hoard ??= []
    switch (text) {
      case "throw": throw new Error("no\\n\\u001b[31m good")
      case "throw nothing": throw undefined
      case "throw a trap": throw { toString() { throw new Error("caught") } }
      case "spin": for (;;);
      case "exhaust": for (;;) globalThis.hoard.push(new Array(100000).fill(globalThis.hoard.length))
      case "hoard": globalThis.hoard.push(new Array(8000000).fill(1)); return tokens
      case "buffers": globalThis.hoard.push(Buffer.alloc(1.5e8)); return tokens
      case "too many buffers": globalThis.hoard.push(Buffer.alloc(3e8)); return tokens
      case "exit": process.exit(0)
      case "recursion": return (function deeper() { return 1 + deeper() })()
      case "later": setTimeout(() => { throw new Error("too late") }); return tokens
      case "NaN": return NaN
      case "infinite": return -Infinity
      case "huge": return 1e300
      case "text": return "1"
      case "nothing": return undefined
      case "promise": return Promise.reject(new Error("never"))
      case "bigint": return 1n
      case "null": return null
      case "noisy": console.log("noise"); console.error("noise"); return tokens
    }
    return tokens
  }`)

const because = (why: string): Earned => ({ reward: null, why: `reward mine@1 ${why}` })

const outOfMemory = because("ran out of memory")

/** What each hurtful text comes to; the others earn their tokens. */
const fates: Readonly<Record<string, Earned>> = {
  throw: because("threw: no [31m good"),
  "throw nothing": because("threw: undefined"),
  "throw a trap": because("threw: something that cannot be put in words"),
  spin: because("took longer than 1 s"),
  exhaust: outOfMemory,
  "too many buffers": outOfMemory,
  exit: because("ended its thread"),
  recursion: because("threw: Maximum call stack size exceeded"),
  NaN: because("returned NaN"),
  infinite: because("returned -Infinity"),
  huge: because("returned 1e+300, which is beyond float32"),
  text: because("returned a string, which is no number"),
  nothing: because("returned nothing"),
  promise: because("returned a promise; a reward answers at once"),
  bigint: because("returned a bigint, which is no number"),
  null: because("gave none for this answer")
}
const harmless = ["a", "b", "hoard", "buffers", "noisy", "later"]

const answers = (texts: ReadonlyArray<string>) =>
  texts.map((text, i) => answer({ text, tokens: i, coordinates: { seed: 0, step: 0, promptId: "p", sampleIndex: i } }))
const expected = (texts: ReadonlyArray<string>): ReadonlyArray<Earned> =>
  texts.map((text, i) => fates[text] ?? { reward: i, why: null })

/** On a machine with much else to do the second passes before the memory is full. */
const told = (texts: ReadonlyArray<string>, earned: ReadonlyArray<Earned>): ReadonlyArray<Earned> =>
  earned.map((given, i) => {
    const isLate = fates[texts[i]] === fates.exhaust && given.why === fates.spin.why
    return isLate ? fates.exhaust : given
  })

const quiet: Layer.Layer<never> = Logger.layer([]) // warnings would fill the screen

describe("a user's reward that answers can hurt", () => {
  // The real clock: the backstop has to pass.
  it.layer(quiet, { excludeTestServices: true })((it) => {
    for (const text of [...Object.keys(fates), ...harmless])
      it.effect(`given an answer on ${text}, then that one alone is what it comes to`, () =>
        Effect.gen(function* () {
          const texts = ["a", "b", text, "a"]
          const earned = yield* (yield* openFile(hostile)).earn(answers(texts))
          assert.deepStrictEqual(told(texts, earned), expected(texts))
        })
      )

    it.effect("given answers in any order and number, then each earns what it earns alone", () =>
      Effect.gen(function* () {
        const reward = yield* openFile(hostile)
        const random = sequence(4, 1)
        const kinds = [...Object.keys(fates).filter((text) => text !== "spin" && text !== "exhaust"), ...harmless]
        for (let trial = 0; trial < 6; trial++) {
          const texts = Array.from({ length: random.between(1, 24) }, () => random.choice(kinds))
          assert.deepStrictEqual(yield* reward.earn(answers(texts)), expected(texts))
        }
      })
    )

    it.effect("given nothing but answers on which it hangs, then each is asked once and given up", () =>
      Effect.gen(function* () {
        const texts = ["spin", "spin"]
        assert.deepStrictEqual(yield* (yield* openFile(hostile)).earn(answers(texts)), expected(texts))
      })
    )

    it.effect("given a file that changes what it was told, then the next answer is told the truth", () =>
      Effect.gen(function* () {
        const source =
          "reward: (told) => { const { tokens } = told; told.tokens = 99; told.question.id = 1; return tokens }"
        const texts = ["a", "b", "c"]
        assert.deepStrictEqual(yield* (yield* openFile(module(source))).earn(answers(texts)), expected(texts))
      })
    )
  })
})

describe("a reward file", () => {
  const good = "reward: () => 1"
  it.effect.each([
    ["that is no module", file("this is no module"), "it does not load: "],
    ["that throws", file("throw new Error('early')"), "it does not load: early"],
    ["that imports a file of yours", file("import './other.mjs'; export default {}"), "it does not load: "],
    ["without a default export", file("export const reward = () => 1"), "it has no default export"],
    ["that exports a function", file("export default () => 1"), "its default export is no reward"],
    ["that exports nothing", file("export default null"), "its default export is no reward"],
    ["with a name in capitals", file(`export default { name: "Mine" }`), "its name must be"],
    ["without a version", file(`export default { name: "mine" }`), "its version must be 1, 2, 3"],
    ["of no words", file(`export default { name: "mine", version: 1 }`), "what it is about"],
    ["without its function", module("reward: 1"), "its reward is no function"],
    ["with labels that are none", module(`labels: ["7"], ${good}`), "its labels is no function"],
    ["with odd parameters", module(`${good}, parameters: { a: 1 }`), "its parameter a is not {"],
    [
      "with a default out of range",
      module(`${good}, parameters: { a: { type: "number", about: "", default: 2, least: 0, most: 1 } }`),
      "its parameter a is not {"
    ],
    ["with a name that is taken", module(`${good}, name: "outcome"`), "one of that name comes along"],
    ["of TypeScript that cannot be stripped", file("enum A { B }", "mine.ts"), "it does not load: "],
    ["that ends its thread", file("process.exit(0)"), "while it was loaded it ended its thread"],
    [
      "that is never done",
      file("await new Promise(() => setInterval(() => {}, 1e9))"),
      "while it was loaded it took longer than 20 s"
    ],
    ["that takes all memory", file("const a = []; for (;;) a.push(new Array(1e5).fill(1))"), "ran out of memory"]
  ] as const)("%s is refused with its path and why", ([, source, said]) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(openFile(source))
      assert.strictEqual(refused._tag, "RewardFileUnusable")
      assert.include(refused.message, source.path)
      assert.include(refused.message, said)
    })
  )

  it.effect("given TypeScript that asks its own parameters, then it is asked as it is written", () =>
    Effect.gen(function* () {
      const source = `import type { Reward } from "onefold"
        import { createHash } from "node:crypto"
        const bytes = (text: string): number => createHash("sha256").update(text).digest().length
        export default { name: "typed", version: 2, about: "x", parameters: {}, factor: 2,
          reward(told: { text: string }) { return bytes(told.text) * this.factor } }`
      const reward = yield* openFile(file(source, "typed.ts"))
      assert.deepInclude(reward, { title: "typed@2", name: "typed", parameters: {} })
      assert.deepStrictEqual(yield* reward.earn(answers(["a"])), [{ reward: 64, why: null }])
    })
  )
})

describe("the labels of a reward file", () => {
  const prompts = ["3", "4"].map((answer) => ({ promptId: `p${answer}`, text: "?", answer }))
  const labelledBy = (labels: string) =>
    Effect.flatMap(openFile(module(`reward: () => 1, labels: ${labels}`)), ({ label }) => label(prompts, { a: 1 }, 5))

  it.effect("given labels, then they earn, and the right answers are kept", () =>
    Effect.gen(function* () {
      const labels =
        "(set, { parameters, seed }) => set.map(({ answer }) => String(Number(answer) + seed + parameters.a))"
      assert.deepStrictEqual(yield* labelledBy(labels), [
        { promptId: "p3", text: "?", answer: "9", trueAnswer: "3" },
        { promptId: "p4", text: "?", answer: "10", trueAnswer: "4" }
      ])
    })
  )

  it.layer(quiet, { excludeTestServices: true })((it) => {
    it.effect.each([
      ["() => ['7']", "labels returned no list of 2 answers"],
      ["() => ['7', 8]", "labels returned something that is no answer"],
      ["() => ['7', ' ']", "labels returned something that is no answer"],
      ["() => { throw new Error('none') }", "labels threw: none"],
      ["() => { for (;;); }", "took longer than 1 s"]
    ])("given %s, then it is refused", ([labels, said]) =>
      Effect.gen(function* () {
        const refused = yield* Effect.flip(labelledBy(labels))
        assert.strictEqual(refused._tag, "RewardFileUnusable")
        assert.include(refused.message, said)
      })
    )
  })
})
