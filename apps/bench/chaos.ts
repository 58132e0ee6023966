/**
 * A run over Kafka while workers are killed (kill -9) and the broker is restarted: does it end with the policy it would
 * have had, every event there once?
 *
 *   npm run chaos [-- --kills 30 --broker-restarts 5 --steps 20 --seed 1 --keep DIR --json]
 *
 * Tells one line an act and ends with one JSON line; exit code 1 where anything was lost, doubled or different, where the
 * run did not finish, or where a worker ended by itself. docs/chaos.md says what is counted, and how.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { chaosRun, isSound } from "./chaos/chaos.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "30" },
    "broker-restarts": { type: "string", default: "5" },
    steps: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    keep: { type: "string" },
    json: { type: "boolean", default: false }
  }
})

const numberOf = (flag: string, text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  process.stderr.write(`--${flag} is "${text}": write a whole number\n`)
  process.exit(2)
}

/** Lines before the last are for people, unless whoever reads asked for JSON throughout. */
const tell = (word: Readonly<Record<string, unknown>>): void => {
  const text = JSON.stringify(word)
  if (values.json) process.stdout.write(`${text}\n`)
  else process.stderr.write(`${text}\n`)
}

/** The broker's data, the blobs and what the workers said lie there; gone in the end unless they are to be kept. */
const scratch = values.keep ?? mkdtempSync(join(tmpdir(), "onefold-chaos-"))
mkdirSync(scratch, { recursive: true })
// What is left then goes with the process.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))
const result = await chaosRun({
  kills: numberOf("kills", values.kills),
  brokerRestarts: numberOf("broker-restarts", values["broker-restarts"]),
  steps: numberOf("steps", values.steps),
  seed: numberOf("seed", values.seed),
  scratch,
  tell
}).finally(() => {
  if (values.keep === undefined) rmSync(scratch, { recursive: true, force: true })
})
if ("_tag" in result) {
  process.stderr.write(`${result.why}.\nTo mend it: ${result.mend}\n`)
  process.exit(1)
}
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(isSound(result) ? 0 : 1)
