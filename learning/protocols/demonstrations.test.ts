import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readDemonstrations } from "./demonstrations.ts"

const read = (text: string) => readDemonstrations("shown.jsonl", text)

describe("readDemonstrations", () => {
  it.effect("given one a line, then they come in their order, other fields and empty lines passed over", () =>
    Effect.gen(function* () {
      const text = '\ufeff{"problem":"p1","solution":"s1","index":3}\r\n\n  \n{"solution":" s2\\n","problem":"p2"}'
      assert.deepStrictEqual(yield* read(text), [
        { problem: "p1", solution: "s1" },
        { problem: "p2", solution: " s2\n" }
      ])
    })
  )

  it.effect.each([
    ["", null, null, "empty"],
    [" \n\n", null, null, "empty"],
    ['{"problem":"p","solution":"s"}\n{', 2, null, "not-json"],
    ['\n["p","s"]', 2, null, "malformed"],
    ["null", 1, null, "malformed"],
    ['{"solution":"s"}', 1, "problem", "missing"],
    ['{"problem":"p","solution":null}', 1, "solution", "missing"],
    ['{"problem":"p","answer":"s"}', 1, "solution", "missing"],
    ['{"problem":" ","solution":"s"}', 1, "problem", "malformed"],
    ['{"problem":"p","solution":"s"}\n{"problem":"p","solution":"s\ufffd"}', 2, "solution", "malformed"],
    ['{"problem":"\\ud800","solution":"s"}', 1, "problem", "malformed"],
    ['{"problem":"p","solution":4}', 1, "solution", "malformed"]
  ] as const)("given %j, then line %s, field %s is %s", ([text, line, field, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read(text))
      assert.deepStrictEqual([error.line, error.field, error.reason], [line, field, reason])
      const place = `shown.jsonl${line === null ? "" : `, line ${line}`}${field === null ? "" : `, field ${field}`}: `
      assert.isTrue(error.message.startsWith(place), error.message)
      assert.include(error.message, 'one {"problem": …, "solution": …} a line')
    })
  )
})
