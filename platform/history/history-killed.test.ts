/** kill -9 in the middle of projecting: no row is lost, none is there twice. */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { contentOf, folder, ppoShape } from "./history.harness.ts"

/** Runs the child until it has said `lines` lines, then kills it; undefined lets it end. */
const runChild = (path: string, lines: number | undefined) =>
  Effect.promise(async (): Promise<string> => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "history.child.ts"), path, JSON.stringify(ppoShape)],
      {
        stdio: ["ignore", "pipe", "pipe"]
      }
    )
    const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
      child.once("exit", (code, signal) => resolve(signal ?? code))
    )
    let complaints = ""
    child.stderr.on("data", (part) => (complaints += part))
    let said = 0
    for await (const _ of createInterface({ input: child.stdout })) {
      said++
      if (said === lines) child.kill("SIGKILL")
    }
    const end = await ended
    return end === 0 || end === "SIGKILL" ? String(end) : `${end} ${complaints}`
  })

describe("a history whose process is killed", () => {
  it.live(
    "ends with the rows of one that was not",
    () =>
      Effect.gen(function* () {
        const [killed, undisturbed] = [yield* folder, yield* folder]
        for (const lines of [1, 6, 11, 17, 24]) assert.strictEqual(yield* runChild(killed, lines), "SIGKILL")
        assert.strictEqual(yield* runChild(killed, undefined), "0")
        assert.strictEqual(yield* runChild(undisturbed, undefined), "0")
        assert.deepStrictEqual(yield* contentOf(killed), yield* contentOf(undisturbed))
      }),
    240_000
  )
})
