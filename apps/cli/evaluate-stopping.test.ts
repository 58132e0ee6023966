/** An evaluation that is killed, or asked to stop: the same command goes on, and nothing of its result differs. */
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { type Ended, onefold, scratchFolder, spawned } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const evaluate = (dataDir: string): ReadonlyArray<string> => [
  ...["evaluate", "--sets", "chain,two,seq", "--per-family", "12", "--protocol", "avg@2", "--rows", "4"],
  ...["--json", "--data-dir", dataDir]
]
/** Every token with what it was drawn from. */
const everyToken = (dataDir: string): Promise<Ended> => {
  const query =
    "SELECT protocol, problem, sample, position, token, log_prob, entropy FROM evaluation_tokens ORDER BY protocol, problem, sample, position"
  return onefold(["sql", query, "--format", "csv", "--data-dir", dataDir])
}

let undisturbed: Ended
let tokens: Ended

beforeAll(async () => {
  const dataDir = join(scratch, "undisturbed")
  undisturbed = await onefold(evaluate(dataDir))
  assert.strictEqual(undisturbed.code, 0, undisturbed.stderr)
  tokens = await everyToken(dataDir)
  assert.isAbove(tokens.lines.length, 72, tokens.stderr)
})

const isSettled = async (ended: Ended, dataDir: string): Promise<void> => {
  assert.strictEqual(ended.code, 0, ended.stderr)
  assert.deepStrictEqual(ended.lines.slice(-1), undisturbed.lines.slice(-1))
  assert.deepStrictEqual((await everyToken(dataDir)).lines, tokens.lines)
}

/** Answers that a stopped evaluation had, as the one that goes on tells. */
const answersBefore = ({ stderr }: Ended): number =>
  Number(/^evaluation eval-miniature-[0-9a-f]{8} goes on: (\d+) of 72 answers are there$/m.exec(stderr)?.[1])

describe("an evaluation that is stopped amid its answers", () => {
  it("by kill -9, then the same command goes on, and its result and every token are what they would have been", async () => {
    const dataDir = join(scratch, "killed")
    const killed = spawned(evaluate(dataDir))
    await killed.until("problems/s")
    killed.child.kill("SIGKILL")
    assert.strictEqual((await killed.ended).code, 137)
    const again = await onefold(evaluate(dataDir))
    assert.isAbove(answersBefore(again), 0, again.stderr)
    assert.isBelow(answersBefore(again), 72, again.stderr)
    await isSettled(again, dataDir)
  })

  it("by Ctrl-C, then it ends at once, is paused, and resume or the same command goes on", async () => {
    const dataDir = join(scratch, "paused")
    const run = spawned(evaluate(dataDir))
    await run.until("problems/s")
    run.child.kill("SIGINT")
    const paused = await run.ended
    assert.strictEqual(paused.code, 0, paused.stderr)
    assert.match(
      paused.stderr,
      /stopping\n(?:.*\n)*paused; go on with the same command, or: onefold resume eval-\S+\n$/
    )
    assert.notInclude(paused.stdout, '"type":"result"')
    const shown = await onefold(["show", "last", "--data-dir", dataDir])
    assert.match(shown.stderr, /is paused; go on with: onefold resume eval-miniature-/)
    assert.match(shown.stdout, /^chain +12 +2 +0\.\d{3} |^chain +[–-] /m)
    await isSettled(await onefold(["resume", "last", "--json", "--data-dir", dataDir]), dataDir)
    await isSettled(await onefold(evaluate(dataDir)), dataDir)
  })
})
