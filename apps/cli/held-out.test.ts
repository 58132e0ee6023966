import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Tokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import { findExample } from "./examples.ts"
import { readProblems } from "./held-out.ts"
import { afterExample, asChat, asText } from "./notation.ts"

const scratch = mkdtempSync(join(tmpdir(), "onefold-held-out-"))
afterAll(() => rmSync(scratch, { recursive: true }))

const write = (name: string, content: string): string => {
  writeFileSync(join(scratch, name), content)
  return join(scratch, name)
}

/** A model that begins every text with a token of its own. */
const tokenizer: Tokenizer = {
  encode: () => Effect.succeed(Int32Array.of()),
  encodeWithSpecial: () => Effect.succeed(Int32Array.of(1)),
  decode: () => "",
  decodeWithSpecial: (ids) => [...ids].map((id) => (id === 1 ? "<s>" : "?")).join(""),
  token: () => "",
  name: () => "",
  ...{ vocabularySize: 2, eosId: 0, padId: 0 }
}
const asTextOf = (folder: string) => asText(folder, tokenizer)

/** A template that shows who speaks, and where the model's turn begins. */
write("tokenizer.json", "{}")
write(
  "tokenizer_config.json",
  JSON.stringify({
    chat_template:
      "{{ bos_token }}{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}",
    bos_token: { content: "<s>" }
  })
)

describe("held-out problems of a file", () => {
  it.effect("given prompts and conversations, then each is read as the model is asked, in the file's order", () =>
    Effect.gen(function* () {
      const path = write(
        "mixed.jsonl",
        `\ufeff{"id":"a","prompt":"1+1=?","answer":2}\n\n{"messages":[{"role":"user","content":"2+2=?"}],"answer":"4"}\n`
      )
      assert.deepStrictEqual(yield* readProblems(path, asTextOf(scratch)), [
        { id: "a", text: "<s>1+1=?", answer: "2" },
        { id: "problem:3", text: "<s><user>2+2=?<assistant>", answer: "4" }
      ])
      const [first] = yield* readProblems(path, asChat(scratch))
      assert.strictEqual(first.text, "<s><user>1+1=?<assistant>")
    })
  )

  it.effect("given an example in context, then it stands before each problem as a turn of each side", () =>
    Effect.gen(function* () {
      const path = write("shown.jsonl", '{"prompt":"1+1=?","answer":2}\n')
      const [{ text }] = yield* readProblems(path, afterExample(asChat(scratch), { problem: "3-1=?", solution: "2" }))
      assert.strictEqual(text, "<s><user>3-1=?<assistant>2<user>1+1=?<assistant>")
    })
  )

  it.effect.each([
    ["an id twice", '{"id":"a","prompt":"1","answer":"1"}\n{"id":"a","prompt":"2","answer":"2"}', "lines 1 and 2"],
    ["no answer on a line", '{"prompt":"1","answer":"1"}\n{"prompt":"2"}', "line 2: it has no answer"],
    ["a line that is no JSON", '{"prompt":"1","answer":"1"}\n{', "line 2: it is not an example"],
    ["an empty conversation", '{"messages":[],"answer":"1"}', "line 1: it is not an example"],
    ["nothing", "\n\n", "it has no problems"],
    ["more than an event can carry", `{"prompt":"${"1".repeat(500_000)}","answer":"1"}`, "at most 500000 fit a run"]
  ] as const)("given %s, then it is refused with its place", ([, content, said]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(readProblems(write("refused.jsonl", content), asTextOf(scratch)))
      assert.include(failure.message, said)
    })
  )

  it.effect("given a conversation for a model without a template, then it says so and what to do", () =>
    Effect.gen(function* () {
      const path = write("chat.json", '{"messages":[{"role":"user","content":"2+2=?"}],"answer":"4"}')
      const failure = yield* Effect.flip(findExample(path, asTextOf(join(scratch, "nowhere"))))
      assert.propertyVal(failure, "reason", "not-writable-by-model")
      assert.include(failure.message, "plain prompt")
    })
  )
})
