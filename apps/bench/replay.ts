/**
 * `npm run bench -- replay [--steps 20]`: what folding a miniature run again costs, as a share of the run itself.
 *
 * Both are measured in processor seconds of one process each, so the share holds on a busy machine too: the run with its
 * engine, stages, tests and history; `onefold replay --verify` with start-up, reading, folding and hashing. Disk use of
 * what the run leaves is told by kind. Ends with one JSON line; exit code 1 where a hash differs.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { measuredCommand } from "./measured-command.ts"

const { values } = parseArgs({
  options: { steps: { type: "string", default: "20" }, keep: { type: "string", default: "gradients" } }
})
const steps = Number(values.steps)
const dataDir = mkdtempSync(join(tmpdir(), "onefold-replay-"))

const measured = (args: ReadonlyArray<string>): number => measuredCommand([...args, "--data-dir", dataDir]).cpuSeconds

const blobBytes = (): number =>
  readdirSync(join(dataDir, "blobs"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size, 0)

const run = measured(["run", "--steps", String(steps), "--json", "--keep", values.keep])
const refold = values.keep === "gradients" ? measured(["replay", "last", "--verify"]) : null
const bytes = blobBytes()
rmSync(dataDir, { recursive: true, force: true })
const share = refold === null ? null : refold / run
const result = {
  type: "result",
  steps,
  keep: values.keep,
  runSeconds: run,
  refoldSeconds: refold,
  share,
  blobBytes: bytes
}
process.stdout.write(`${JSON.stringify(result)}\n`)
