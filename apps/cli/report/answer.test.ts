import { assert, describe, it } from "@effect/vitest"
import { measures, type TokenFigures, testedFigures } from "../token-figures.ts"
import { answerText, tokenText } from "./answer.ts"
import { type AnswerRow, answersTable, bestFirst } from "./answers-table.ts"
import { hostileTexts } from "./hostile-run.ts"
import type { ShownAnswer } from "./shown-answer.ts"

const color = { width: 40, color: true, unicode: true }
const plain = { ...color, color: false }

const figures = (count: number): TokenFigures => {
  const values = Float32Array.from({ length: count }, (_, i) => -i / 4)
  return {
    ...{ logProbs: values, entropies: values.map(Math.abs), trainerLogProbs: values, trainerEntropies: values },
    ...{ referenceLogProbs: values, oldLogProbs: values, advantages: values, ratios: values, kls: values }
  }
}

const answerOf = (tokenTexts: ReadonlyArray<string>, more: Partial<ShownAnswer> = {}): ShownAnswer => ({
  ...{ runId: "run-1", step: 2, test: null, id: "two:1", sample: 3, prompt: "1+1=?\n", gold: "2" },
  ...{ tokens: Int32Array.from(tokenTexts.keys()), tokenTexts, text: tokenTexts.join(""), stop: "eos" },
  figures: figures(tokenTexts.length),
  judgement: {
    ...{ verdict: "incorrect", extracted: "3", rule: "different", grader: "exact@1" },
    earned: { reward: 0, by: "outcome@1" }
  },
  ...{ policyHash: "a".repeat(64), cohort: 0 },
  learnedIn: { update: 3, shard: 1, shards: 2, gradientHash: "b".repeat(64) },
  eventIds: ["run-1/2/rollout/two:1/3", "run-1/2/grade/two:1/3"],
  ...more
})

/** Controls but newlines, colours of our own taken out. */
const acting = /[^\P{Cc}\n]|[\u200f\u202a-\u202e\u2066-\u2069]/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences are what is looked for
const ours = /\u001b\[(?:1|2|22|3[36]|39|39;49|48;5;\d+;38;5;\d+)m/g

describe("an answer on a terminal with colours", () => {
  it("has each token on the colour of its figure, and a legend with unit and both ends", () => {
    const text = answerText(answerOf(["a", "b", "<eos>"]), "log-prob", color)
    assert.include(text, "\u001b[48;5;227;38;5;16ma\u001b[39;49m")
    assert.include(text, "\u001b[48;5;17;38;5;231m<eos>\u001b[39;49m")
    assert.match(text.replace(ours, ""), /in nats: -0\.500 +0\.000/)
    // Opposite ends: entropies rise where log-probs fall.
    assert.include(answerText(answerOf(["a", "b", "<eos>"]), "entropy", color), "\u001b[48;5;17;38;5;231ma")
  })

  it("breaks lines at its width and after a newline, which stays to be seen", () => {
    const lines = answerText(answerOf(Array.from({ length: 30 }, () => "four")), "log-prob", color).split("\n")
    for (const line of lines.filter((each) => each.includes("four"))) assert.isAtMost(line.replace(ours, "").length, 38)
    assert.include(answerText(answerOf(["a\n", "b"]), "kl", color).replace(ours, ""), "a⏎\nb\n")
  })
})

describe("an answer without colours", () => {
  it("is shown as a text, then as a table of every figure", () => {
    const lines = answerText(answerOf(["ab", "<eos>"]), "log-prob", plain).split("\n")
    assert.include(lines, "ab<eos>")
    assert.include(lines, "at  id  token    log-prob  entropy  advantage   ratio      kl")
    assert.include(lines, ' 1   1  "<eos>"    -0.250    0.250     -0.250  -0.250  -0.250')
  })

  it("says verdict and why, reward, stop, policy, shard and events", () => {
    const text = answerText(answerOf(["a"]), "log-prob", plain)
    for (const said of [
      "rollout two:1, sample 3, step 2 of run-1",
      "1+1=?",
      "verdict  incorrect: answer 3, gold 2; rule different",
      "reward   0 by outcome@1",
      "grader   exact@1",
      "stop     eos after 1 tokens",
      `policy   2, sha256 ${"a".repeat(64)}`,
      `shard    1 of 2 of update 3, gradient sha256 ${"b".repeat(64)}`,
      "events   run-1/2/rollout/two:1/3\n         run-1/2/grade/two:1/3"
    ])
      assert.include(text, said)
  })

  it("given that nothing has been made of it yet, then it says so; of an empty one too", () => {
    const sampled = { ...testedFigures({ logProbs: new Float32Array(0), entropies: null }) }
    const text = answerText(answerOf([], { judgement: null, learnedIn: null, figures: sampled }), "log-prob", plain)
    for (const said of ["(empty)", "verdict  not graded yet", "shard    none yet", "log-prob – nats"].slice(0, 3))
      assert.include(text, said)
  })
})

describe("hostile texts", () => {
  it.each([true, false])("with colours %s, then nothing of them acts, in whatever tokens they come", (withColor) => {
    const terminal = { ...color, color: withColor }
    const all = hostileTexts.join("")
    // One character a token: a sequence begins in one and ends in another.
    for (const tokens of [hostileTexts, [...all]])
      for (const by of measures) {
        const answer = answerOf(tokens, { id: all, prompt: all, gold: all, eventIds: [all] })
        assert.notMatch(answerText(answer, by, terminal).replace(ours, ""), acting)
      }
    const rows = hostileTexts.map((text, sample) => ({ ...row, id: text, rule: text, text, sample }))
    assert.notMatch(answersTable(rows, "prompt", terminal).replace(ours, ""), acting)
  })

  it("given a lone escape, then it is shown by its picture", () => {
    assert.strictEqual(tokenText("\u001b"), "␛")
  })
})

const row: AnswerRow = {
  ...{ id: "p", sample: 0, reward: 0, verdict: "incorrect", rule: "different", length: 3 },
  ...{ meanLogProb: -1, meanEntropy: 0.5, text: "a b" }
}

describe("a table of answers", () => {
  it("has the best first: by reward, then by log-prob, then as sampled; unknown last", () => {
    const rows: ReadonlyArray<AnswerRow> = [
      { ...row, sample: 0, reward: null, verdict: "unknown" },
      { ...row, sample: 1 },
      { ...row, sample: 2, meanLogProb: -0.5 },
      { ...row, sample: 3, reward: 1, verdict: "correct" },
      { ...row, sample: 4 },
      { ...row, sample: 5, reward: null, verdict: "correct" }
    ]
    assert.deepStrictEqual(
      bestFirst(rows).map(({ sample }) => sample),
      [3, 5, 2, 1, 4, 0]
    )
  })

  it("has a line for each with its figures and first words, cut to the width", () => {
    const [head, line] = answersTable([{ ...row, text: "word ".repeat(30) }], "prompt", { ...plain, width: 100 }).split(
      "\n"
    )
    assert.strictEqual(head, "prompt  sample  reward  verdict    rule       tokens  log-prob  entropy  first words")
    assert.match(line, /^p {12}0 {7}0 {2}incorrect {2}different {7}3 {4}-1\.000 {4}0\.500 {2}word word .*\.\.$/)
    assert.isAtMost(line.length, 100)
  })
})
