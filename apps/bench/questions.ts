/**
 * How long every named question takes on a large history, made inside the database from fixed seeds.
 *
 *   npm run bench -- questions [--rows 20000000] [--rounds 3] [--limit 3]
 *
 * `--rows` is the number of training tokens: steps of 128 rollouts of 100 tokens, a second run of a tenth beside it. The
 * best of the rounds counts, through the reader that users ask by. Ends with one JSON line; exit code 1 where a question
 * takes longer than `--limit` seconds. Two more statements are timed beside them: means of every step, and one rollout.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { boundParameters, namedQuestions } from "../../platform/history/named-questions.ts"
import { readerOf } from "../../platform/history/query.ts"
import type { HistoryQuestion } from "../../platform/history/query-format.ts"
import { openStore } from "../../platform/history/store.ts"
import { madeHistory, samples, tokensEach } from "./questions/made-history.ts"

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "20000000" },
    rounds: { type: "string", default: "3" },
    limit: { type: "string", default: "3" }
  }
})
const steps = Math.ceil(Number(values.rows) / (samples * tokensEach))
const folder = mkdtempSync(join(tmpdir(), "onefold-bench-questions-"))
const store = openStore(folder)
const reader = readerOf(store.connect)

/** Seconds of the fastest round. */
const timed = async (question: HistoryQuestion): Promise<number> => {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < Number(values.rounds); round++) {
    const begun = performance.now()
    await reader.answer(question)
    best = Math.min(best, (performance.now() - begun) / 1000)
  }
  return best
}

const told = (name: string, seconds: number): void => {
  console.log(`${name.padEnd(22)} ${seconds.toFixed(3).padStart(8)} s`)
}

try {
  const connection = store.connect()
  const begun = performance.now()
  for (const statement of [...madeHistory("run-1", steps), ...madeHistory("run-2", Math.ceil(steps / 10))])
    connection.run(statement)
  connection.run("OPTIMIZE TABLE tokens FINAL")
  const rows = Number(connection.run("SELECT count() FROM tokens"))
  connection.close()
  console.log(`${rows} tokens made in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
  const seconds: Record<string, number> = {}
  for (const question of namedQuestions()) {
    const others = question.parameters.some(({ name }) => name === "other") ? [["other", "run-2"] as const] : []
    const parameters = await Effect.runPromise(boundParameters(question, new Map([["run", "run-1"], ...others])))
    seconds[question.name] = await timed({ sql: question.sql, format: "json", parameters })
    told(question.name, seconds[question.name])
  }
  const means = "SELECT step, avg(entropy), avg(log_prob) FROM tokens WHERE run = 'run-1' GROUP BY step ORDER BY step"
  const rollout = `SELECT * FROM tokens WHERE run = 'run-1' AND step = ${steps >> 1} AND prompt = 'example:1' AND sample = 9 ORDER BY position`
  const [meanSeconds, rolloutSeconds] = [
    await timed({ sql: means, format: "json" }),
    await timed({ sql: rollout, format: "json" })
  ]
  told("means of every step", meanSeconds)
  told("one rollout", rolloutSeconds)
  console.log(JSON.stringify({ type: "result", rows, seconds, meanSeconds, rolloutSeconds }))
  process.exitCode = Object.values(seconds).every((each) => each <= Number(values.limit)) ? 0 : 1
} finally {
  await reader.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}
