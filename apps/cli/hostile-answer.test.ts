/** Whatever a model writes, a person's terminal shows it and obeys none of it. */
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { hostileRun, hostileTexts } from "./report/hostile-run.ts"
import { reporter } from "./reporter.ts"
import { shown } from "./sql.ts"

/** Controls but newlines, C1 forms and direction marks included. */
const acting = /[^\P{Cc}\n]|[\u200f\u202a-\u202e\u2066-\u2069]/u

afterEach(() => {
  vi.restoreAllMocks()
})

/** What the effect writes to stdout and stderr. */
const written = async (effect: Effect.Effect<void>): Promise<string> => {
  let text = ""
  const take = (chunk: string | Uint8Array): boolean => {
    text += chunk
    return true
  }
  vi.spyOn(process.stdout, "write").mockImplementation(take)
  vi.spyOn(process.stderr, "write").mockImplementation(take)
  await Effect.runPromise(effect)
  vi.restoreAllMocks()
  return text
}

describe("the result of a run", () => {
  it("given hostile answers, problems and names, then nothing of it acts on a terminal", async () => {
    const text = await written(reporter({ json: false }).result(hostileRun, null))
    assert.include(text, "trained")
    assert.notMatch(text, acting)
  })

  it("given the same as JSON, then one line without a control character", async () => {
    const text = await written(reporter({ json: true }).result(hostileRun, null))
    assert.deepInclude(JSON.parse(text), { type: "result" })
    assert.strictEqual(text.indexOf("\n"), text.length - 1)
  })
})

describe("an answer of the history", () => {
  it.each(["table", "json", "csv"] as const)("shown on a terminal as %s, then nothing of it acts", (format) => {
    assert.notMatch(shown(hostileTexts.join("\n"), format, true), acting)
  })

  it("given to a program as json or csv, then as it is; as a table never", () => {
    const rows = hostileTexts.join("\n")
    assert.deepStrictEqual([shown(rows, "json", false), shown(rows, "csv", false)], [rows, rows])
    assert.notMatch(shown(rows, "table", false), acting)
  })
})
