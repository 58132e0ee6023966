/** A run under the other backend, and what it takes to go on with it under this one. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { chooseBackend } from "../../learning/policy/tensors/installation.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { recordsOf } from "../bench/killed-run.ts"
import { eventOf } from "./record.ts"
import { isRefused, onefold, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"

const { backend, why } = chooseBackend(undefined)
const isNative = backend === "tensorflow"
if (!isNative)
  process.stderr.write(`SKIPPED: a resume under another backend: there is only WebAssembly here (${why})\n`)

const scratch = scratchFolder()
const wasm = { env: { ONEFOLD_BACKEND: "wasm" } }

/** The sittings that a data folder's log tells of. */
const resumesOf = (dataDir: string) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const found: Array<{ readonly session: number; readonly drift: ReadonlyArray<string> }> = []
    for (const partition of (yield* log.endOffsets("runs")).keys())
      yield* Stream.runForEach(log.read("runs", partition, 0), (record) =>
        Effect.map(eventOf(record), (event) => {
          if (event._tag === "RunResumed") found.push({ session: event.session, drift: event.drift })
        })
      )
    return found
  }).pipe(Effect.provide(layerLmdb(join(dataDir, "log"))), Effect.runPromise)

describe("ONEFOLD_BACKEND=wasm", () => {
  it("runs a step from start to end", async () => {
    const { code, lines, stderr } = await onefold(smoke(join(scratch, "wasm"), "--steps", "1"), wasm)
    assert.strictEqual(code, 0, stderr)
    assert.include(lines.at(-1), '"type":"result"')
  }, 120_000)

  it.skipIf(!isNative)(
    "paused, then resumed on TensorFlow only with --allow-drift, which is recorded",
    async () => {
      const dataDir = join(scratch, "drifted")
      const at = ["--data-dir", dataDir]
      const run = spawned(smoke(dataDir, "--steps", "8"), wasm)
      await run.until('"type":"step"')
      run.child.kill("SIGINT")
      const paused = await run.ended
      assert.strictEqual(paused.code, 0, paused.stderr)

      const before = await recordsOf(dataDir)
      const refused = await onefold(["resume", "last", "--json", ...at])
      isRefused(refused, 6, "was started under other settings (backend was wasm, is tensorflow, graphs; ")
      assert.include(refused.stderr, "say --allow-drift, which is recorded")
      assert.deepStrictEqual(await recordsOf(dataDir), before)

      const allowed = await onefold(["resume", "last", "--json", "--allow-drift", ...at])
      assert.strictEqual(allowed.code, 0, allowed.stderr)
      assert.include(allowed.lines.at(-1), '"type":"result"')
      const resumes = await resumesOf(dataDir)
      assert.strictEqual(resumes.length, 1)
      assert.strictEqual(resumes[0].session, 2)
      assert.includeMembers(
        [...resumes[0].drift],
        ["backend was wasm, is tensorflow, graphs", "oneDnn was false, is true"]
      )
    },
    120_000
  )
})
