/**
 * kill -9 at random moments, resumed each time: does the run end with the bits it would have had?
 *
 *   npm run kill9 [-- --kills 20 --amid 5 --steps 20 --preset smoke --seed 1 --span 3 --set keep=rollouts]
 *
 * Kills lie at random within --span times an undisturbed run altogether; 1 and less meet it alive nearly always. Of them
 * --amid, a quarter unless told, go on from their moment until the history is amid an insert (amid-insert.ts); whether one
 * was is looked up afterwards, of every kill. Prints one line a kill and ends with one JSON line; exit code 1 where anything was lost, repeated or different, or where `onefold
 * verify` finds a fault after a kill: a run that lets artifacts go must have at every moment what going on needs.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { sequence } from "../../learning/random/sequence.ts"
import { readResultLine } from "../cli/report/result.ts"
import { blocksIn } from "./amid-insert.ts"
import {
  eventsOf,
  historyOf,
  type Kept,
  killedSitting,
  lostOf,
  plannedKills,
  recordsOf,
  repeatedIds,
  resumed,
  type Sitting,
  undisturbed,
  verified
} from "./killed-run.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    amid: { type: "string" },
    steps: { type: "string", default: "20" },
    preset: { type: "string", default: "smoke" },
    seed: { type: "string", default: "1" },
    span: { type: "string", default: "3" },
    set: { type: "string", multiple: true, default: [] }
  }
})
const [kills, steps, seed] = [Number(values.kills), Number(values.steps), Number(values.seed)]
const aimed = Number(values.amid ?? Math.ceil(kills / 4))

const weightsOf = async ({ exitCode, lines, stderr }: Sitting): Promise<string> => {
  if (exitCode !== 0) throw new Error(`the run ended with ${exitCode}: ${stderr}`)
  return (await Effect.runPromise(readResultLine(lines.at(-1) ?? ""))).weightsSha256
}

/** How the process ended, and which block its kill met. */
const toldMet = (exitCode: number | null, met: ReadonlyArray<string>): string =>
  exitCode !== null ? `: it had ended` : met.length > 0 ? `, amid ${met.join(", ")}` : ""

const scratch = mkdtempSync(join(tmpdir(), "onefold-kill9-"))
const quiet = { dataDir: join(scratch, "quiet"), preset: values.preset, steps, seed, set: values.set }
const harried = { ...quiet, dataDir: join(scratch, "harried") }

const alone = await undisturbed(quiet)
const expected = await weightsOf(alone)
const planned = plannedKills(sequence(seed, 9), kills, (Number(values.span) * alone.millis) / kills, aimed)

let before: ReadonlyArray<Kept> = []
let lost = 0
let landed = 0
let faulty = 0
let amidInserts = 0
for (const [i, kill] of planned.entries()) {
  const { exitCode } = await killedSitting(harried, i === 0, kill)
  const met = exitCode === null ? blocksIn(harried.dataDir) : []
  if (met.length > 0) amidInserts++
  const after = await recordsOf(harried.dataDir)
  lost += lostOf(before, after).length
  before = after
  if (exitCode === null) landed++
  const { exitCode: order, lines } = await verified(harried)
  if (order !== 0) {
    faulty++
    process.stdout.write(`${lines.join("\n")}\n`)
  }
  process.stdout.write(
    `kill ${i + 1}/${kills} ${kill.afterMillis} ms in${toldMet(exitCode, met)}, ${after.length} records, ${lost} lost\n`
  )
}
const actual = await weightsOf(await resumed(harried))
const records = await recordsOf(harried.dataDir)
const [events, expectedEvents] = [eventsOf(records), eventsOf(await recordsOf(quiet.dataDir))]
const different = [...expectedEvents].filter(([id, sha256]) => events.get(id) !== sha256).length
const result = {
  type: "result",
  kills: landed,
  amidInserts,
  faulty,
  lost: lost + lostOf(before, records).length,
  repeated: repeatedIds(records).length,
  eventsDifferent: different + (events.size - expectedEvents.size),
  hashEqual: actual === expected,
  historyEqual: (await historyOf(harried.dataDir)) === (await historyOf(quiet.dataDir))
}
rmSync(scratch, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify(result)}\n`)
const isSound =
  result.faulty + result.lost + result.repeated + result.eventsDifferent === 0 &&
  result.hashEqual &&
  result.historyEqual
process.exit(isSound ? 0 : 1)
