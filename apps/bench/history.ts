/**
 * How fast events become rows of the table tokens, against the engine's own insert of the same rows from files.
 *
 *   node apps/bench/history.ts [ROWS]      default 1000000
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Block, nativeBytes } from "../../platform/history/block.ts"
import { literal } from "../../platform/history/chdb.ts"
import { recordsOf } from "../../platform/history/fabricated/log.ts"
import { type Shape, vocabulary } from "../../platform/history/fabricated/names.ts"
import { fabricatedRun } from "../../platform/history/fabricated/run.ts"
import { Projector } from "../../platform/history/projector.ts"
import { openStore, type Store } from "../../platform/history/store.ts"

const rowsWanted = Number(process.argv[2] ?? 1_000_000)
const rounds = 3
const longest = 100
const samples = 256

/** Responses are half of `longest` in the mean. */
const shape = (runId: string): Shape => ({
  runId,
  steps: Math.ceil(rowsWanted / ((samples * longest) / 2)),
  samples,
  shards: 4,
  cohorts: 2,
  longest
})

const seconds = (act: () => void): number => {
  const start = performance.now()
  act()
  return (performance.now() - start) / 1000
}

const perSecond = (rows: number, time: number): string => `${Math.round(rows / time).toLocaleString("en")} rows/s`

const folder = mkdtempSync(join(tmpdir(), "onefold-bench-history-"))
const store = openStore(folder)
const connection = store.connect()

/** The blocks that a run's projection inserts, and how long everything but the inserts took. */
const projected = (runId: string, insert: Store["insert"]): number => {
  const records = recordsOf(fabricatedRun(shape(runId)))
  const projector = new Projector({ ...store, insert })
  projector.begin({ runId, vocabulary })
  return seconds(() => {
    projector.take(runId, records)
    projector.flush()
  })
}

/** The engine alone: blocks that lie in files already. */
const bare = (blocks: ReadonlyArray<Block>): number => {
  const files = blocks.map((block, i) => {
    const file = join(folder, `bare-${i}.native`)
    writeFileSync(file, Buffer.concat(nativeBytes(block)))
    return file
  })
  return seconds(() => {
    for (const file of files)
      connection.run(
        `INSERT INTO tokens SELECT * FROM file(${literal(file)}, 'Native') SETTINGS max_insert_threads = 1`
      )
  })
}

try {
  for (let round = 0; round < rounds; round++) {
    const blocks: Array<Block> = []
    const making = projected(`made-${round}`, (block) => blocks.push(block))
    const tokens = blocks.filter(({ table }) => table === "tokens")
    const rows = tokens.reduce((sum, block) => sum + block.rows, 0)
    const whole = projected(`whole-${round}`, store.insert)
    const alone = bare(tokens)
    const inserting = seconds(() => tokens.forEach(store.insert))
    console.log(`round ${round + 1}: ${rows} tokens in ${tokens.length} blocks`)
    console.log(`  records to rows, no insert     ${perSecond(rows, making)}`)
    console.log(`  engine alone, from files       ${perSecond(rows, alone)}`)
    console.log(
      `  blocks to rows                 ${perSecond(rows, inserting)}, ${Math.round((100 * alone) / inserting)} % of it`
    )
    console.log(
      `  records to rows in all tables  ${perSecond(rows, whole)}, ${Math.round((100 * alone) / whole)} % of the engine alone`
    )
  }
  const [bytes, rows] = connection
    .run("SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND table = 'tokens'")
    .split("\t")
  console.log(`on disk: ${(Number(bytes) / Number(rows)).toFixed(1)} bytes a row`)
} finally {
  connection.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}
