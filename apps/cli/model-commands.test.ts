/** generate, score, tokenize and gradients on the miniature, as another program would call them. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { miniatureBase } from "./base.ts"
import { exitCodeOf } from "./exit-codes.ts"
import { type GenerateOptions, generate } from "./generate.ts"
import { piped } from "./piped.fixture.ts"
import { isRefused, scratchFolder } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const file = (name: string, content: unknown): string => {
  const path = join(scratch, name)
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content))
  return path
}

const Numbers = Schema.Array(Schema.Finite)
const Sample = Schema.fromJsonString(
  Schema.Struct({
    tokens: Numbers,
    logProbs: Numbers,
    entropies: Numbers,
    text: Schema.NullOr(Schema.String),
    stop: Schema.Literals(["eos", "stop", "length"])
  })
)
const Scores = Schema.fromJsonString(Schema.Struct({ logProbs: Numbers, entropies: Numbers }))
const Tokenized = Schema.fromJsonString(Schema.Struct({ ids: Numbers, tokens: Schema.Array(Schema.String) }))
const Gradients = Schema.fromJsonString(
  Schema.Struct({
    loss: Schema.Finite,
    norm: Schema.Finite,
    gradients: Schema.Array(Schema.Struct({ name: Schema.String, l2: Schema.Finite, first8: Numbers }))
  })
)
const read = <A>(schema: Schema.Codec<A, string>) => {
  const decode = Schema.decodeUnknownSync(schema)
  return (line: string): A => decode(line)
}

const model = ["--model", miniatureBase]
const question = "sum of 13-10 and 34+2?\n"
const say = (...more: ReadonlyArray<string>) => piped(["generate", ...model, ...more])
const jsonLines = (values: ReadonlyArray<unknown>) => values.map((value) => `${JSON.stringify(value)}\n`).join("")
const close = (actual: ReadonlyArray<number>, expected: ReadonlyArray<number>) => {
  assert.strictEqual(actual.length, expected.length)
  for (const [i, value] of expected.entries()) assert.approximately(actual[i], value, 1e-4)
}

describe("given a question to the miniature", () => {
  const ids = read(Tokenized)(piped(["tokenize", ...model], JSON.stringify(question)).lines[0]).ids

  it("then score finds the log-probs and entropies that generate told, line by line in their order", () => {
    const { code, lines } = say("--prompt", question, "-n", "3", "--max-tokens", "20", "--seed", "7", "--json")
    assert.strictEqual(code, 0)
    const samples = lines.map(read(Sample))
    const rows = samples.map(({ tokens }) => ({ tokens: [...ids, ...tokens] }))
    const scored = piped(["score", ...model], jsonLines([{ tokens: [ids[0]] }, ...rows])).lines.map(read(Scores))
    assert.deepStrictEqual(scored[0].logProbs, [])
    assert.lengthOf(scored[0].entropies, 1)
    samples.forEach(({ entropies, logProbs, tokens }, i) => {
      assert.lengthOf(scored[i + 1].logProbs, ids.length + tokens.length - 1)
      assert.lengthOf(scored[i + 1].entropies, ids.length + tokens.length)
      close(scored[i + 1].logProbs.slice(ids.length - 1), logProbs)
      close(scored[i + 1].entropies.slice(ids.length - 1, -1), entropies)
    })
    assert.isTrue(samples.every(({ stop, tokens }) => stop === (tokens.at(-1) === 1 ? "eos" : "length")))
  })

  it("then the same seed says the same, from text, from tokens and without a tokenizer", () => {
    const asked = ["-n", "2", "--max-tokens", "8", "--seed", "3", "--json"]
    const fromText = say("--prompt", question, ...asked).lines.map(read(Sample))
    const bare = join(scratch, "bare")
    cpSync(miniatureBase, bare, { recursive: true })
    rmSync(join(bare, "tokenizer.json"))
    rmSync(join(bare, "tokenizer_config.json"))
    const path = file("prompt.json", { tokens: ids })
    const fromTokens = piped(["generate", "--model", bare, "--tokens", path, ...asked]).lines.map(read(Sample))
    assert.deepStrictEqual(
      fromTokens,
      fromText.map((sample) => ({ ...sample, text: null }))
    )
  })

  it("then without --json only the text is told", () => {
    const asked = ["--prompt", question, "--temperature", "0", "--max-tokens", "8"]
    const [sample] = say(...asked, "--json").lines.map(read(Sample))
    assert.strictEqual(say(...asked).stdout, `${sample.text?.replace("<eos>", "")}\n`)
  })

  it("then --stop ends an answer with a text, and with a special token in a folder that names no end", () => {
    const asked = ["--prompt", question, "--temperature", "0", "--max-tokens", "20", "--json"]
    const [whole] = say(...asked).lines.map(read(Sample))
    const [cut] = say(...asked, "--stop", "no such text", "--stop", "boxed").lines.map(read(Sample))
    assert.deepInclude(cut, { stop: "stop", text: "answer:\\boxed{" })
    assert.deepStrictEqual(cut.tokens, whole.tokens.slice(0, cut.tokens.length))
    const endless = join(scratch, "endless")
    cpSync(miniatureBase, endless, { recursive: true })
    for (const name of ["config.json", "generation_config.json"]) {
      const path = join(endless, name)
      writeFileSync(path, readFileSync(path, "utf8").replace('"eos_token_id": 1', '"eos_token_id": null'))
    }
    rmSync(join(endless, "tokenizer_config.json"))
    const there = (...more: ReadonlyArray<string>) =>
      piped(["generate", "--model", endless, ...asked, ...more]).lines.map(read(Sample))[0]
    assert.strictEqual(there().stop, "length")
    assert.deepStrictEqual(there("--stop", "<eos>"), { ...whole, stop: "stop" })
  })

  it("then the gradient of two rows at once is the mean of theirs, weighed by their tokens", () => {
    const batch = [
      { ids: [...ids, 5, 6, 7], prompt_len: ids.length },
      { ids: [3, 4], prompt_len: 1 }
    ]
    const of = (rows: ReadonlyArray<unknown>) =>
      read(Gradients)(piped(["gradients", ...model], JSON.stringify({ batch: rows })).lines[0])
    const [both, first, second] = [of(batch), of(batch.slice(0, 1)), of(batch.slice(1))]
    assert.approximately(both.loss, (3 * first.loss + second.loss) / 4, 1e-6)
    for (const [p, { first8, name }] of both.gradients.entries()) {
      close(
        first8,
        first8.map((_, i) => (3 * first.gradients[p].first8[i] + second.gradients[p].first8[i]) / 4)
      )
      assert.isNotEmpty(name)
    }
    const squares = both.gradients.reduce((sum, { l2 }) => sum + l2 * l2, 0)
    assert.approximately(Math.sqrt(squares), both.norm, 1e-6)
  })
})

describe("tokenize", () => {
  it("given texts in both forms and ids, with separators that are no newline, then a line for each", () => {
    const input = '\ufeff"1+1"\n\n{"text":"1+1","why":"\u2028"}\r\n{"ids":[3,1]}'
    const { code, lines } = piped(["tokenize", ...model], input)
    assert.strictEqual(code, 0)
    assert.strictEqual(lines.length, 3)
    assert.strictEqual(lines[0], lines[1])
    assert.deepStrictEqual(read(Tokenized)(lines[0]).tokens, ["1", "+", "1"])
    assert.match(lines[2], /^\{"text":".+","textWithoutSpecial":".*"\}$/)
  })
})

const nothing: GenerateOptions = {
  ...{ model: miniatureBase, samples: 1, temperature: 1, topP: 1, topK: 0, maxTokens: null, minTokens: 0 },
  ...{ prompt: null, chat: null, tokens: null, stop: [], seed: 0, slots: null, cacheBytes: null, json: true }
}
const asked: GenerateOptions = { ...nothing, prompt: question }
const long = { tokens: Array.from({ length: 129 }, () => 5) }

describe("what a model cannot be asked", () => {
  it.effect.each([
    [{ ...asked, samples: 0 }, 2, "-n 0 is out of range: it goes from 1"],
    [{ ...asked, samples: 1e6 }, 2, "-n 1000000 is out of range: it goes from 1 to 65536"],
    [{ ...asked, temperature: -1 }, 2, "--temperature -1 is out of range: it goes from 0"],
    [{ ...asked, topP: 0 }, 2, "--top-p 0 is out of range"],
    [{ ...asked, topP: 1.5 }, 2, "--top-p 1.5 is out of range"],
    [{ ...asked, topK: -1 }, 2, "--top-k -1 is out of range"],
    [{ ...asked, maxTokens: 0 }, 2, "--max-tokens 0 is out of range"],
    [{ ...asked, maxTokens: 4, minTokens: 5 }, 2, "--min-tokens 5 is out of range: it goes from 0 to 4"],
    [{ ...asked, seed: -1 }, 2, "--seed -1 is out of range"],
    [{ ...asked, slots: 0 }, 2, "--slots 0 is out of range"],
    [{ ...asked, stop: [""] }, 2, "--stop is empty"],
    [{ ...asked, tokens: "x" }, 2, "give one of --prompt, --chat and --tokens"],
    [nothing, 2, "give one of --prompt, --chat and --tokens"],
    [{ ...nothing, prompt: "" }, 3, "--prompt: it is empty"],
    [{ ...nothing, prompt: "integrate dx" }, 3, 'no token for "integrate"'],
    [{ ...asked, maxTokens: 120 }, 3, "of the model's 128 positions for --max-tokens 120"],
    [{ ...nothing, tokens: join(scratch, "none.json") }, 3, "none.json: there is no such file"],
    [{ ...nothing, tokens: scratch }, 3, "it is a folder"],
    [{ ...nothing, tokens: file("broken.json", "[1,") }, 3, "broken.json: it is no JSON"],
    [{ ...nothing, tokens: file("words.json", ["a"]) }, 3, "words.json: "],
    [{ ...nothing, tokens: file("empty.json", []) }, 3, "empty.json: there are no tokens"],
    [{ ...nothing, tokens: file("high.json", [5, 56]) }, 3, "token 1 is 56, and the model's tokens go from 0 to 55"],
    [{ ...nothing, tokens: file("low.json", [-1]) }, 3, "token 0 is -1"],
    [{ ...nothing, tokens: file("long.json", long) }, 3, "it has 129 tokens, and the model has 128 positions"],
    [{ ...nothing, chat: file("chat.json", [{ role: "user", content: "1" }]) }, 3, "has a chat template; give a plain"],
    [{ ...nothing, chat: file("silent.json", { messages: [] }) }, 3, "silent.json: "],
    [{ ...asked, model: join(scratch, "none") }, 2, "there is no such folder"],
    [{ ...asked, model: scratch }, 5, "config.json"]
  ] as const)("generate with %j is refused with code %i: %s", ([options, code, said]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(generate(options))
      assert.include(error.message, said)
      assert.strictEqual(exitCodeOf(error), code, error._tag)
    })
  )

  it.each([
    ["score", '{"tokens":[]}', 3, "line 1: there are no tokens"],
    ["score", '\n{"tokens":[1,99]}', 3, "line 2: token 1 is 99"],
    ["score", '{"tokens":[1.5]}', 3, "line 1: "],
    ["score", '{"tokens":[1]', 3, "line 1: it is no JSON"],
    ["score", JSON.stringify(long), 3, "line 1: it has 129 tokens"],
    ["tokenize", "plain text", 3, "line 1: it is no JSON"],
    ["tokenize", '"integrate"', 3, 'line 1: this model\'s tokenizer has no token for "integrate"'],
    ["gradients", "[]", 3, "stdin: "],
    ["gradients", '[{"ids":[1,2],"prompt_len":2}]', 3, "batch[0]: prompt_len is 2, and of 2 tokens"],
    ["gradients", '[{"ids":[1,2],"prompt_len":0}]', 3, "batch[0]: prompt_len is 0"],
    ["gradients", '{"batch":[{"ids":[1,77],"prompt_len":1}]}', 3, "batch[0]: token 1 is 77"]
  ] as const)("%s of %s is refused with code %i: %s", (command, input, code, said) => {
    isRefused(piped([command, ...model], input), code, said)
  })

  it("an id of the hub without network is refused with code 8, and what would help", () => {
    const env = { HF_HUB_OFFLINE: "1", ONEFOLD_MODELS: join(scratch, "cache") }
    isRefused(piped(["score", "--model", "nobody/nothing@main"], "", env), 8, "run once with network")
  })

  it("flags are refused as everywhere", () => {
    isRefused(say("--prompt", question, "-n", "0"), 2, "-n 0 is out of range: it goes from 1")
    isRefused(say("--prompt", question, "--top-p", "much"), 2, '"much"')
    isRefused(piped(["score"]), 2, "model")
    isRefused(piped(["score", ...model, "--temperature", "0"]), 2, "--temperature 0 is out of range")
  })

  it("a row of as many tokens as the model has positions is scored to its last entropy", () => {
    const { lines } = piped(["score", ...model], jsonLines([{ tokens: long.tokens.slice(1) }]))
    assert.lengthOf(read(Scores)(lines[0]).entropies, 128)
  })
})
