/**
 * A run that is killed (kill -9, the whole process) and resumed, again and again, through the command line as a user
 * would do it; and what its log and history hold in the end. The test and the script `kill9` both stand on this.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Effect, Stream } from "effect"
import type { Randomness } from "../../learning/random/sequence.ts"
import { querySomehow } from "../../platform/history/live.ts"
import { decode } from "../../platform/log/codec.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { topics } from "../../schemas/catalogue.ts"
import { killAmidInsert } from "./amid-insert.ts"

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url))

export interface Sitting {
  /** null where it was killed. */
  readonly exitCode: number | null
  /** The JSON lines on stdout. */
  readonly lines: ReadonlyArray<string>
  readonly stderr: string
  /** From its first line to its end, in milliseconds: without the start, in which there is nothing to kill yet. */
  readonly millis: number
}

/** Runs the command line; `onLine` may kill it. */
const onefold = (args: ReadonlyArray<string>, onLine: (line: string, child: ChildProcess) => void): Promise<Sitting> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    const lines: Array<string> = []
    let stderr = ""
    let begun = Number.NaN
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (lines.length === 0) begun = performance.now()
      lines.push(line)
      onLine(line, child)
    })
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk)
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ exitCode: code, lines, stderr, millis: performance.now() - begun }))
  })

export interface RunToKill {
  readonly dataDir: string
  readonly preset: string
  readonly steps: number
  readonly seed: number
  /** `key=value` each; the preset's settings where left out. */
  readonly set?: ReadonlyArray<string>
}

const runArgs = ({ dataDir, preset, seed, set = [], steps }: RunToKill): ReadonlyArray<string> => [
  ...["run", "--json", "--data-dir", dataDir, "--preset", preset],
  ...["--steps", String(steps), "--seed", String(seed)],
  ...set.flatMap((each) => ["--set", each])
]

/** The run as it goes when nobody disturbs it. */
export const undisturbed = (run: RunToKill): Promise<Sitting> => onefold(runArgs(run), () => {})

/** When a sitting is killed. */
export interface Kill {
  /** After its first line: the run began or went on. */
  readonly afterMillis: number
  /** Which block from then on it is to meet amid its insert; null for the moment itself, whatever goes on. */
  readonly block: number | null
}

/**
 * One sitting that is killed; if it ends before that, it was not killed. The first sitting starts the run, the others
 * resume it.
 */
export const killedSitting = (run: RunToKill, isFirst: boolean, { afterMillis, block }: Kill): Promise<Sitting> => {
  const args = isFirst ? runArgs(run) : ["resume", "last", "--json", "--data-dir", run.dataDir]
  let isArmed = false
  return onefold(args, (_, child) => {
    if (isArmed) return
    isArmed = true
    setTimeout(() => {
      if (block === null) child.kill("SIGKILL")
      else void killAmidInsert(child, run.dataDir, block)
    }, afterMillis)
  })
}

export const resumed = (run: RunToKill): Promise<Sitting> =>
  onefold(["resume", "last", "--json", "--data-dir", run.dataDir], () => {})

/** What `onefold verify` says of it as it lies there now. */
export const verified = (run: RunToKill): Promise<Sitting> =>
  onefold(["verify", "last", "--data-dir", run.dataDir], () => {})

/** One record as it must stay from now on. */
export interface Kept {
  readonly place: string
  readonly sha256: string
  readonly eventId: string
}

/** Every record of a log, in place order. */
export const records = Effect.gen(function* () {
  const log = yield* EventLog
  const kept: Array<Kept> = []
  for (const { name } of topics)
    for (const partition of (yield* log.endOffsets(name)).keys())
      yield* Stream.runForEach(log.read(name, partition, 0), ({ offset, value }) =>
        Effect.map(decode(value), ({ eventId }) => {
          const sha256 = createHash("sha256").update(value).digest("hex")
          kept.push({ place: `${name}/${partition}/${offset}`, sha256, eventId })
        })
      )
  return kept
})

/** Every record of a data folder's log. */
export const recordsOf = (dataDir: string): Promise<ReadonlyArray<Kept>> =>
  records.pipe(Effect.provide(layerLmdb(join(dataDir, "log"))), Effect.runPromise)

/** Records that were there before and are gone or changed. */
export const lostOf = (before: ReadonlyArray<Kept>, after: ReadonlyArray<Kept>): ReadonlyArray<Kept> => {
  const now = new Map(after.map(({ place, sha256 }) => [place, sha256]))
  return before.filter(({ place, sha256 }) => now.get(place) !== sha256)
}

/** Ids that stand in the log more than once. */
export const repeatedIds = (records: ReadonlyArray<Kept>): ReadonlyArray<string> => {
  const seen = new Set<string>()
  return records.filter(({ eventId }) => seen.size === seen.add(eventId).size).map(({ eventId }) => eventId)
}

/** Events by id; what a kill may add — that the run was resumed — left out. */
export const eventsOf = (records: ReadonlyArray<Kept>): ReadonlyMap<string, string> =>
  new Map(
    records.filter(({ eventId }) => !eventId.includes("/resumed/")).map(({ eventId, sha256 }) => [eventId, sha256])
  )

const tableQuery = (table: string): string => {
  const position = table === "tokens" ? ", position" : ""
  return `SELECT '${table}' AS name, count() AS rows, uniqExact(step, prompt, sample${position}) AS coordinates,
    groupBitXor(cityHash64(formatRow('RowBinary', * EXCEPT (_topic, _partition, _offset, time)))) AS checksum FROM ${table}`
}

/** Rows, distinct coordinates and a checksum of everything that is not a place in the log, of tokens and rollouts. */
export const historyOf = (dataDir: string): Promise<string> =>
  querySomehow(
    dataDir,
    `SELECT * FROM (${["tokens", "rollouts", "verdicts"].map(tableQuery).join(" UNION ALL ")}) ORDER BY name`,
    "json"
  ).pipe(Effect.runPromise)

/** An aimed kill meets one of so many blocks: about as many tables have rows after some steps. */
const mostBlocks = 8

/**
 * When to kill: each within its share of what an undisturbed run takes, `aimed` of them, spread evenly, amid an insert
 * after that.
 */
export const plannedKills = (random: Randomness, kills: number, spanMillis: number, aimed = 0): ReadonlyArray<Kill> =>
  Array.from({ length: kills }, (_, i) => {
    const afterMillis = Math.floor(random.uniform() * spanMillis)
    const isAimed = Math.floor(((i + 1) * aimed) / kills) > Math.floor((i * aimed) / kills)
    return { afterMillis, block: isAimed ? 1 + Math.floor(random.uniform() * mostBlocks) : null }
  })
