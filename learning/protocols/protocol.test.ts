import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { asked } from "../datasets/training-set/training-row.ts"
import { promptTemplateNames } from "./prompt-template.ts"
import { type ProtocolRequest, protocolNames, sittingOf } from "./protocol.ts"
import { stopWordsOf } from "./stop-words.ts"

const sets = {
  math500: { name: "math500", kind: "math", problems: 500 },
  minerva_math: { name: "minerva_math", kind: "math", problems: 272 },
  olympiadbench: { name: "olympiadbench", kind: "math", problems: 675 },
  aime24: { name: "aime24", kind: "math", problems: 30 },
  aime25: { name: "aime25", kind: "math", problems: 30 },
  amc23: { name: "amc23", kind: "math", problems: 40 },
  arc: { name: "arc-challenge", kind: "choice", problems: 1172 },
  chain: { name: "chain", kind: "miniature", problems: 48 },
  own: { name: "mine.jsonl", kind: "math", problems: 12 }
} as const satisfies Readonly<Record<string, ProtocolRequest["set"]>>

const models = {
  chat: { miniature: false, chat: true },
  base: { miniature: false, chat: false },
  miniature: { miniature: true, chat: false }
} as const

const sit = (
  protocol: string,
  set: keyof typeof sets,
  model: keyof typeof models = "chat",
  overrides: ProtocolRequest["overrides"] = {}
) => sittingOf({ protocol, set: sets[set], model: models[model], overrides })

const instruction = " Let's think step by step and output the final answer within \\boxed{}."
const chat = { kind: "chat", instruction } as const
const template = (name: string) => ({ kind: "template", template: name }) as const

describe("sittingOf", () => {
  it.effect.each([
    ["paper", "math500", [0, 1, 1, 3072], "qwen"],
    ["paper", "minerva_math", [0, 1, 1, 3072], "qwen"],
    ["paper", "olympiadbench", [0, 1, 1, 3072], "qwen"],
    ["paper", "aime24", [0.6, 1, 8, 3072], "qwen"],
    ["paper", "aime25", [0.6, 1, 8, 3072], "qwen"],
    ["paper", "amc23", [0.6, 1, 8, 3072], "qwen"],
    ["paper", "arc", [0, 1, 1, 3072], "qwen"],
    ["paper", "own", [0, 1, 1, 3072], "qwen"],
    ["r1", "math500", [0.6, 0.95, 16, 32768], "deepscaler"],
    ["r1", "minerva_math", [0.6, 0.95, 16, 32768], "deepscaler"],
    ["r1", "aime24", [0.6, 0.95, 64, 32768], "deepscaler"],
    ["r1", "amc23", [0.6, 0.95, 64, 32768], "deepscaler"],
    ["r1", "arc", [0.6, 0.95, 16, 32768], "deepscaler"],
    ["greedy", "aime24", [0, 1, 1, 3072], "exact"],
    ["greedy", "arc", [0, 1, 1, 3072], "exact"],
    ["avg@8", "math500", [0.6, 1, 8, 3072], "exact"],
    ["avg@1", "aime24", [0.6, 1, 1, 3072], "exact"],
    ["avg@1024", "aime24", [0.6, 1, 1024, 3072], "exact"]
  ] as const)(
    "given %s and %s, then temperature, top-p, samples and tokens are %j, by %s",
    ([name, set, numbers, by]) =>
      Effect.gen(function* () {
        const { decoding, grader, prompt } = yield* sit(name, set)
        const { maxTokens, samples, temperature, topP } = decoding
        assert.deepStrictEqual([temperature, topP, samples, maxTokens], [...numbers])
        assert.strictEqual(grader, by)
        assert.deepStrictEqual(prompt, name === "paper" ? template("qwen25-math-cot") : chat)
        assert.deepStrictEqual(decoding.stop, name === "paper" ? stopWordsOf("qwen25-math-cot") : [])
      })
  )

  it.effect("given r1 and a set of 100 problems, then each has 64 answers, and of 101 it has 16", () =>
    Effect.gen(function* () {
      for (const [problems, samples] of [
        [100, 64],
        [101, 16]
      ] as const) {
        const set = { ...sets.own, problems }
        const { decoding } = yield* sittingOf({ protocol: "r1", set, model: models.chat, overrides: {} })
        assert.strictEqual(decoding.samples, samples)
      }
    })
  )

  it.effect("given a chat prompt, then problem and instruction are what the training asks", () =>
    Effect.gen(function* () {
      const { prompt } = yield* sit("r1", "math500")
      assert.isTrue(prompt.kind === "chat" && `1+1=?${prompt.instruction}` === asked("1+1=?"))
    })
  )

  it.effect(
    "given a model without a chat template, then our protocols ask in plain words and end where a user would speak",
    () =>
      Effect.gen(function* () {
        for (const name of ["greedy", "avg@4"]) {
          const { decoding, prompt } = yield* sit(name, "math500", "base")
          assert.deepStrictEqual(prompt, template("deepseek-math"))
          assert.deepStrictEqual(decoding.stop, [...stopWordsOf("deepseek-math"), "\n\nUser:"])
        }
        const { decoding } = yield* sit("paper", "math500", "base", { prompt: "deepseek-math" })
        assert.deepStrictEqual(decoding.stop, stopWordsOf("deepseek-math"))
      })
  )

  it.effect("given a model without a chat template, then r1 is refused unless another prompt is named", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(sit("r1", "math500", "base"))
      assert.strictEqual(error._tag, "NoChatTemplate")
      assert.match(error.message, /protocol r1 .*this model has none/)
      const asking = yield* Effect.flip(sit("greedy", "math500", "base", { prompt: "chat" }))
      assert.strictEqual(asking._tag, "NoChatTemplate")
      assert.deepStrictEqual((yield* sit("r1", "math500", "base", { prompt: "cot" })).prompt, template("cot"))
    })
  )

  it.effect.each([
    ["paper", [0, 1, 1], "qwen"],
    ["r1", [0.6, 0.95, 64], "deepscaler"],
    ["greedy", [0, 1, 1], "exact"],
    ["avg@8", [0.6, 1, 8], "exact"]
  ] as const)(
    "given %s and a family of the miniature, or the miniature itself, then it is asked by the line for 56 tokens",
    ([name, numbers, by]) =>
      Effect.gen(function* () {
        for (const [set, model] of [
          ["chain", "miniature"],
          ["chain", "chat"],
          ["own", "miniature"]
        ] as const) {
          const { decoding, grader, prompt } = yield* sit(name, set, model)
          const { maxTokens, samples, stop, temperature, topP } = decoding
          assert.deepStrictEqual(prompt, { kind: "line" })
          assert.deepStrictEqual([temperature, topP, samples, maxTokens, stop.length], [...numbers, 56, 0])
          assert.strictEqual(grader, by)
        }
      })
  )

  it.effect("given settings of one's own, then each takes the place of the protocol's and the others stay", () =>
    Effect.gen(function* () {
      const planned = yield* sit("r1", "aime24")
      const given = { temperature: 1, topP: 0.5, samples: 3, maxTokens: 8192, stop: ["\n\n"] }
      for (const key of ["temperature", "topP", "samples", "maxTokens", "stop"] as const) {
        const { decoding } = yield* sit("r1", "aime24", "chat", { [key]: given[key] })
        assert.deepStrictEqual(decoding, { ...planned.decoding, [key]: given[key] })
      }
      assert.strictEqual((yield* sit("greedy", "chain", "miniature", { maxTokens: 20 })).decoding.maxTokens, 20)
      assert.strictEqual((yield* sit("paper", "aime24", "chat", { grader: "exact" })).grader, "exact")
    })
  )

  it.effect("given the name of a prompt, then it is asked so, and answers end where that prompt has them end", () =>
    Effect.gen(function* () {
      for (const name of promptTemplateNames) {
        const { decoding, prompt } = yield* sit("paper", "math500", "chat", { prompt: name })
        assert.deepStrictEqual(prompt, template(name))
        assert.deepStrictEqual(decoding.stop, stopWordsOf(name))
      }
      assert.deepStrictEqual((yield* sit("paper", "math500", "chat", { prompt: "chat" })).prompt, chat)
      assert.deepStrictEqual((yield* sit("paper", "math500", "chat", { prompt: "line" })).prompt, { kind: "line" })
      assert.deepStrictEqual((yield* sit("greedy", "chain", "chat", { prompt: "chat" })).prompt, chat)
    })
  )

  it.effect.each([
    ["paper", { temperature: -0.1 }, "temperature", "-0.1"],
    ["paper", { temperature: Number.NaN }, "temperature", "NaN"],
    ["paper", { temperature: Infinity }, "temperature", "Infinity"],
    ["r1", { topP: 0 }, "topP", "0"],
    ["r1", { topP: 1.01 }, "topP", "1.01"],
    ["r1", { samples: 0 }, "samples", "0"],
    ["r1", { samples: 2.5 }, "samples", "2.5"],
    ["r1", { samples: 1025 }, "samples", "1025"],
    ["r1", { maxTokens: 0 }, "maxTokens", "0"],
    ["r1", { stop: ["a", ""] }, "stop", '["a",""]'],
    ["r1", { prompt: "qwen25-math" }, "prompt", '"qwen25-math"'],
    ["r1", { prompt: "" }, "prompt", '""'],
    ["r1", { grader: "Exact" }, "grader", '"Exact"'],
    ["r1", { temperature: 0 }, "samples", "64"],
    ["avg@8", { temperature: 0 }, "samples", "8"],
    ["greedy", { samples: 4 }, "samples", "4"]
  ] as const)("given %s with %j, then it is refused and %s is named", ([name, overrides, setting, value]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(sit(name, "aime24", "chat", overrides))
      assert.isTrue(error._tag === "SettingRefused" && error.setting === setting, error.message)
      assert.isTrue(error.message.startsWith(`protocol ${name}, ${setting}=${value}: `), error.message)
    })
  )

  it.effect("given temperature 0, then there is one sample and no top-p to speak of", () =>
    Effect.gen(function* () {
      const { decoding } = yield* sit("r1", "aime24", "chat", { temperature: 0, samples: 1 })
      assert.deepStrictEqual([decoding.temperature, decoding.topP, decoding.samples], [0, 1, 1])
    })
  )

  it.effect.each([
    "",
    "Paper",
    "avg",
    "avg@",
    "avg@0",
    "avg@01",
    "avg@1025",
    "avg@9999",
    "avg@2.5",
    "avg@-1",
    "avg@K",
    " greedy"
  ])("given %j, then there is no such protocol, and the known ones are named", (name) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(sit(name, "math500"))
      assert.strictEqual(error._tag, "UnknownProtocol")
      assert.strictEqual(
        error.message,
        `there is no protocol "${name}". Known: paper, r1, greedy, and avg@K with K from 1 to 1024`
      )
    })
  )

  it.effect.prop(
    "given avg@K, then there are K samples and all else is as for every other K",
    { count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1024 })) },
    ({ count }) =>
      Effect.gen(function* () {
        const one = yield* sit("avg@1", "math500")
        const many = yield* sit(`avg@${count}`, "math500")
        assert.deepStrictEqual(many, { ...one, decoding: { ...one.decoding, samples: count } })
      })
  )

  it.effect("given the names that are listed, then all but the pattern are protocols", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(protocolNames, ["paper", "r1", "greedy", "avg@K"])
      for (const name of protocolNames.slice(0, -1)) yield* sit(name, "math500")
    })
  )
})
