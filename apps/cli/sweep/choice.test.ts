import { assert, describe, it } from "@effect/vitest"
import { exampleIds } from "../../../learning/datasets/miniature/problems.ts"
import { choiceOf, drawn, ExamplesUnknown } from "./choice.ts"

const namesOf = (text: string): ReadonlyArray<string> => {
  const choice = choiceOf(text)
  assert(!(choice instanceof ExamplesUnknown) && choice.kind === "names", text)
  return choice.names
}

const refusal = (text: string): string => {
  const choice = choiceOf(text)
  assert(choice instanceof ExamplesUnknown, text)
  return choice.message
}

describe("--examples", () => {
  it("given all, then the whole pool in its order", () => {
    assert.deepStrictEqual(namesOf("all"), exampleIds())
  })

  it("given a family, then its forty examples and no others", () => {
    const names = namesOf("family:two")
    assert.deepStrictEqual([names.length, names[0], names[39]], [40, "two:0", "two:39"])
  })

  it("given names with commas between, then each once in the order given", () => {
    assert.deepStrictEqual(namesOf("two:1, chain:0,two:1"), ["two:1", "chain:0"])
  })

  it("given random:N, then N of the pool, each once, the same for a seed, and a smaller N is the head of a larger", () => {
    const names = namesOf("random:48")
    assert.deepStrictEqual([names.length, new Set(names).size], [48, 48])
    assert.deepStrictEqual(namesOf("random:48:0"), names)
    assert.deepStrictEqual(namesOf("random:5"), names.slice(0, 5))
    assert.notDeepEqual(namesOf("random:48:1"), names)
    assert.sameMembers([...namesOf("random:240")], [...exampleIds()])
    // Frozen: whoever repeats a sweep must draw what it drew.
    assert.deepStrictEqual(drawn(4, 0), ["two:14", "two:2", "prec:37", "seq:36"])
  })

  it("given ranks, then both ends of them; given a path, then a file", () => {
    assert.deepStrictEqual(choiceOf("rank:1-16"), { kind: "ranks", first: 1, last: 16 })
    assert.deepStrictEqual(choiceOf("rank:3"), { kind: "ranks", first: 3, last: 3 })
    assert.deepStrictEqual(choiceOf("mine.jsonl"), { kind: "file", path: "mine.jsonl" })
  })

  it.each([
    ["family:tow", 'there is no such family. Did you mean "family:two"?'],
    ["two:77", 'there are no such examples. Did you mean "two:7"?'],
    ["two:1,chian:0", 'there is no example "chian:0". Did you mean "chain:0"?'],
    ["al", 'Did you mean "all"?'],
    ["random:241", "the pool has 240 examples"],
    ["random:0", "the pool has 240 examples"],
    ["rank:0-3", "ranks go from 1 on"],
    ["rank:9-3", "the smaller one first"]
  ])("given %s, then it is refused with what is near", (text, said) => {
    assert.include(refusal(text), said)
    assert.include(refusal(text), `--examples ${text}`)
  })
})
