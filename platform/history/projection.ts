/**
 * Projection: one run's events become rows. No database here: rows gather in blocks until they are taken.
 *
 * Each table takes the first record of every event id, in the order of each partition, and skips what lies at or before
 * its mark: the highest offset of that partition in the table. So a projection that begins at the run's first record
 * goes on exactly where the tables end, table by table.
 */
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { LogRecord } from "../log/event-log.ts"
import type { Block, Origin } from "./block.ts"
import { CriticGradientRows, CriticRows, TokenValueRows } from "./critic-rows.ts"
import { EvaluationFigureRows, EvaluationRows, EvaluationSampleRows, EvaluationTokenRows } from "./evaluation-rows.ts"
import { RequestRows } from "./request-rows.ts"
import { DeadLetterRows, RunRows } from "./run-rows.ts"
import { ScoreRows, TokenScoreRows } from "./score-rows.ts"
import { SeenIds } from "./seen-ids.ts"
import { TokenJoin } from "./token-join.ts"
import { TokenRows } from "./token-rows.ts"
import { GradientNormRows, GradientRows, PolicyRows, RolloutRows, VerdictRows } from "./training-rows.ts"

/** The rows that are not inserted yet, table by table. */
const newRows = (vocabulary: ReadonlyArray<string>) => ({
  runs: new RunRows(),
  requests: new RequestRows(),
  rollouts: new RolloutRows(),
  verdicts: new VerdictRows(),
  gradients: new GradientRows(),
  policies: new PolicyRows(),
  gradient_norms: new GradientNormRows(),
  scores: new ScoreRows(),
  critic_gradients: new CriticGradientRows(),
  critics: new CriticRows(),
  evaluation_samples: new EvaluationSampleRows(),
  evaluations: new EvaluationRows(),
  evaluation_figures: new EvaluationFigureRows(),
  dead_letters: new DeadLetterRows(),
  token_scores: new TokenScoreRows(),
  token_values: new TokenValueRows(),
  evaluation_tokens: new EvaluationTokenRows(vocabulary),
  tokens: new TokenRows(vocabulary)
})

type Rows = ReturnType<typeof newRows>
export type TableName = keyof Rows

const isTable = (name: string): name is TableName => Object.hasOwn(newRows([]), name)

/** Every table of events, in the order in which blocks are inserted. */
export const tableNames: ReadonlyArray<TableName> = Object.keys(newRows([])).filter(isTable)

/** A table that an event's own rows go to, and how they get there. */
interface Entry {
  readonly table: TableName
  readonly add: (origin: Origin) => void
}

/** Where an event's rows go. The first table remembers which events were seen. Rows of tokens come from the join. */
const entriesOf = (rows: Rows, event: OnefoldEvent): readonly [Entry, ...ReadonlyArray<Entry>] => {
  switch (event._tag) {
    case "RunStarted":
    case "RunPaused":
    case "RunResumed":
    case "RunFinished":
    case "RunFailed":
    case "RunCancelled":
      return [{ table: "runs", add: (origin) => rows.runs.add(origin, event) }]
    case "RolloutRequested":
    case "EvaluationRequested":
    case "ScoresRequested":
    case "GradientRequested":
    case "CriticGradientRequested":
      return [{ table: "requests", add: (origin) => rows.requests.add(origin, event) }]
    case "RolloutGenerated":
      return [{ table: "rollouts", add: (origin) => rows.rollouts.add(origin, event) }]
    case "RolloutGraded":
      return [{ table: "verdicts", add: (origin) => rows.verdicts.add(origin, event) }]
    case "GradientComputed":
      return [{ table: "gradients", add: (origin) => rows.gradients.add(origin, event) }]
    case "PolicyUpdated":
      return [
        { table: "policies", add: (origin) => rows.policies.add(origin, event) },
        { table: "gradient_norms", add: (origin) => rows.gradient_norms.add(origin, event) }
      ]
    case "ScoresComputed":
      return [
        { table: "scores", add: (origin) => rows.scores.add(origin, event) },
        { table: "token_scores", add: (origin) => rows.token_scores.add(origin, event) }
      ]
    case "CriticGradientComputed":
      return [
        { table: "critic_gradients", add: (origin) => rows.critic_gradients.add(origin, event) },
        { table: "token_values", add: (origin) => rows.token_values.add(origin, event) }
      ]
    case "CriticUpdated":
      return [{ table: "critics", add: (origin) => rows.critics.add(origin, event) }]
    case "EvaluationSampled":
      return [
        { table: "evaluation_samples", add: (origin) => rows.evaluation_samples.add(origin, event) },
        { table: "evaluation_tokens", add: (origin) => rows.evaluation_tokens.add(origin, event) }
      ]
    case "EvaluationCompleted":
      return [
        { table: "evaluations", add: (origin) => rows.evaluations.add(origin, event) },
        { table: "evaluation_figures", add: (origin) => rows.evaluation_figures.add(origin, event) }
      ]
    case "DeadLettered":
      return [{ table: "dead_letters", add: (origin) => rows.dead_letters.add(origin, event) }]
  }
}

/** What the tables say of themselves. */
export interface Tables {
  /** The highest offset of a partition that has rows in a table; -1 if none has. */
  readonly mark: (table: TableName, topic: string, partition: number) => number
  /** Whether a table holds a record of an event that lies before this one in its partition. */
  readonly holdsEarlier: (table: TableName, origin: Origin) => boolean
}

const originOf = ({ offset, partition, timestamp, topic }: LogRecord, event: OnefoldEvent): Origin => ({
  runId: event.runId,
  eventId: event.eventId,
  timestamp,
  topic,
  partition,
  offset
})

/** The step whose batch an event is part of; null for events of the run's own life, which are few. */
const stepOf = (event: OnefoldEvent, table: TableName): number | null => {
  if (table === "runs" || !("step" in event)) return null
  return "rolloutStep" in event ? event.rolloutStep : event.step
}

/** What is known of one partition. */
interface Partition {
  next: number
  readonly seen: SeenIds
}

export class Projection {
  readonly #vocabulary: ReadonlyArray<string>
  readonly #tables: Tables
  readonly #join = new TokenJoin()
  readonly #partitions = new Map<string, Partition>()
  #rows: Rows

  constructor(vocabulary: ReadonlyArray<string>, tables: Tables) {
    this.#vocabulary = vocabulary
    this.#tables = tables
    this.#rows = newRows(vocabulary)
  }

  /** Takes a record, in the order of its partition; one that was taken before is skipped. Throws HistoryError, incomplete. */
  take(record: LogRecord, event: OnefoldEvent): void {
    const partition = this.#partition(record)
    if (record.offset < partition.next) return
    partition.next = record.offset + 1
    const origin = originOf(record, event)
    const entries = entriesOf(this.#rows, event)
    const [{ table }] = entries
    const isFirst = partition.seen.admit(stepOf(event, table), origin.eventId, () =>
      this.#tables.holdsEarlier(table, origin)
    )
    if (!isFirst) return
    for (const entry of entries) if (this.#isNew(entry.table, origin)) entry.add(origin)
    this.#takePart(origin, event)
  }

  /** Rows that wait to be inserted. */
  get size(): number {
    return Object.values(this.#rows).reduce((sum, { rows }) => sum + rows, 0)
  }

  /** The table that most rows wait for, and how many. */
  get longest(): { readonly table: TableName; readonly rows: number } {
    const { rows, table } = Object.values(this.#rows).reduce((most, block) => (block.rows > most.rows ? block : most))
    return { table, rows }
  }

  /** Hands over the blocks of some tables to be inserted and begins new ones. */
  release(tables: ReadonlyArray<TableName> = tableNames): ReadonlyArray<Block> {
    const blocks = Object.values(this.#rows).filter(({ rows, table }) => rows > 0 && tables.includes(table))
    const begun = Object.entries(newRows(this.#vocabulary)).filter(([, { table }]) => tables.includes(table))
    this.#rows = { ...this.#rows, ...Object.fromEntries(begun) }
    return blocks
  }

  /** To be called when all blocks so far are in the tables. */
  settle(): void {
    for (const { seen } of this.#partitions.values()) seen.forget()
  }

  /** What gradients wait for that has not been read, in words. */
  missing(): ReadonlyArray<string> {
    return this.#join.missing()
  }

  #takePart(origin: Origin, event: OnefoldEvent): void {
    if (event._tag === "RolloutGenerated" || event._tag === "RolloutGraded") this.#join.remember(event)
    else if (event._tag === "CriticGradientComputed") this.#join.pass(event)
    else if (event._tag !== "GradientComputed") return
    else if (this.#isNew("tokens", origin)) this.#join.offer(origin, event)
    else this.#join.pass(event)
    for (const joined of this.#join.ready()) this.#rows.tokens.add(joined)
  }

  #isNew(table: TableName, { offset, partition, topic }: Origin): boolean {
    return offset > this.#tables.mark(table, topic, partition)
  }

  #partition({ partition, topic }: LogRecord): Partition {
    const place = `${topic}/${partition}`
    const known = this.#partitions.get(place) ?? { next: 0, seen: new SeenIds() }
    this.#partitions.set(place, known)
    return known
  }
}
