/**
 * Block: rows of one table that are not inserted yet, and their bytes in ClickHouse's Native format.
 */
import { createHash } from "node:crypto"
import { ByteSink } from "./byte-sink.ts"
import { instant, type TextColumn, text, uint32, uint64, type WordColumn, word } from "./columns.ts"

/** What a block needs of a column. */
interface Part {
  readonly type: string
  readonly bytes: () => ReadonlyArray<Uint8Array>
}

export interface Block {
  readonly table: string
  /** By name, equally long. */
  readonly columns: Readonly<Record<string, Part>>
  readonly rows: number
}

/** One block, whole: number of columns, number of rows, then name, type and values of each column. */
export const nativeBytes = ({ columns, rows }: Block): ReadonlyArray<Uint8Array> => {
  const entries = Object.entries(columns)
  const head = new ByteSink()
  head.varint(entries.length)
  head.varint(rows)
  const parts = entries.map(([name, column]) => {
    const label = new ByteSink()
    label.text(name)
    label.text(column.type)
    return [label.bytes, ...column.bytes()]
  })
  return [head.bytes, ...parts.flat()]
}

/** What says which record of which run's log a row comes from. */
const places = ["run", "_topic", "_partition", "_offset"] as const

/**
 * A block's name among all blocks: a hash over its table and the run, topic, partition and offset of each row. The same rows
 * have the same name whoever made them into a block, and ClickHouse takes a block of one name once.
 */
export const deduplicationToken = ({ columns, rows, table }: Block): string => {
  const hash = createHash("sha256").update(`${table}/${rows}`)
  for (const place of places) for (const part of columns[place].bytes()) hash.update(part)
  return `${table}-${hash.digest("hex")}`
}

/** Where a row comes from: the record in the log, and the event in it. */
export interface Origin {
  readonly runId: string
  readonly eventId: string
  /** Milliseconds since 1970, by the writer's clock. */
  readonly timestamp: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Every table begins and ends with these: whose row it is, and the record that caused it. */
export class OriginColumns {
  readonly head = { run: word() }
  readonly tail

  /** @param eventIds a column of words where many rows come from one event */
  constructor(eventIds: TextColumn | WordColumn = text()) {
    this.tail = { event_id: eventIds, time: instant(), _topic: word(), _partition: uint32(), _offset: uint64() }
  }

  /** Pushes one record's origin for `rows` rows. */
  push(origin: Origin, rows = 1): void {
    this.head.run.repeat(origin.runId, rows)
    this.tail.event_id.repeat(origin.eventId, rows)
    this.tail.time.repeat(origin.timestamp, rows)
    this.tail._topic.repeat(origin.topic, rows)
    this.tail._partition.repeat(origin.partition, rows)
    this.tail._offset.repeat(origin.offset, rows)
  }
}
