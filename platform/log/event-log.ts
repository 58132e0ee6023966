/**
 * EventLog: where every event of every run is kept, in order, once.
 *
 *   topics     named, cut into partitions; a record's partition follows from its key
 *   offsets    grow from 0 in each partition; between two records there may be offsets that no record has
 *   groups     a consumer group remembers, for each partition, the next offset it has not handled
 *
 * Three layers keep the same contract (event-log.contract.ts): memory, lmdb (durable, one process), Kafka.
 * The log carries bytes: what an event is, is the codec's business.
 */
import { Context, type Effect, Schema, type Scope, type Stream } from "effect"

/** What a topic is: its name and how many partitions it has. Fixed for the life of a log. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number
}

/** A place in the log. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Something to be written. The key decides the partition; equal keys keep their order. */
export interface Draft {
  readonly topic: string
  readonly key: string
  readonly value: Uint8Array
  /** Facts about the writing that are no part of the event: how long it took, who wrote it. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Something that was written. */
export interface LogRecord extends Position {
  readonly key: string
  readonly value: Uint8Array
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970, by the writer's clock. */
  readonly timestamp: number
}

/** Records of one partition, in offset order, not empty. */
export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly records: ReadonlyArray<LogRecord>
}

/** The log could not do what was asked: `place` says where (file or broker), `next` what to do. */
export class LogError extends Schema.TaggedError<LogError>()("LogError", {
  reason: Schema.Literals([
    "unavailable",
    "refused",
    "locked",
    "full",
    "corrupt",
    "newer-version",
    "unknown-topic",
    "not-writable",
    "superseded",
    "incompatible"
  ]),
  place: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `event log ${this.reason} at ${this.place}: ${this.detail}. ${this.next}`
  }
}

/** Consuming alone: every partition is this consumer's, and whoever had them before is shut out. */
export interface Sole {
  /** Where partitions begin that the group has no offset for; 0 where not named. */
  readonly from: ReadonlyArray<Position>
  /**
   * Called with the offset each partition will be handled from: when nobody else can move it any more, and before the
   * first batch. Called anew where the log had to begin anew: what was in mind before is to be forgotten.
   */
  readonly starting: (positions: ReadonlyArray<Position>) => Effect.Effect<void, LogError>
}

export interface Consumption<E, R> {
  readonly group: string
  readonly topics: ReadonlyArray<string>
  /** At most this many records a batch (default 512). */
  readonly maxBatch?: number
  /** Whether an interruption waits until the batch in hand is handled and kept; else the batch is lost. */
  readonly finishing?: boolean | undefined
  /** Told how many partitions are this consumer's, each time they are dealt. */
  readonly dealt?: ((partitions: number) => Effect.Effect<void>) | undefined
  /**
   * Alone instead of as one of several members. In one process the caller sees to it that there is one; among many, the
   * last to come has the partitions, and who had them fails (superseded). Batches are then handled one at a time.
   */
  readonly sole?: Sole
  /**
   * Handles one batch and says what to write. The drafts are appended and the group's offset is moved past the
   * batch in one atomic act: after a kill either both are there or neither is. The offset of a batch that led to nothing
   * may be moved a little later, together with the next that did.
   * Called for different partitions side by side, never twice at once for one partition.
   */
  readonly handle: (batch: Batch) => Effect.Effect<ReadonlyArray<Draft>, E, R>
}

export class EventLog extends Context.Service<
  EventLog,
  {
    /** Makes the topics that are missing; refuses (corrupt) a topic that exists with another number of partitions (missing-topics.ts takes it as it is). */
    readonly createTopics: (topics: ReadonlyArray<TopicSpec>) => Effect.Effect<void, LogError>

    /** Writes all drafts or none; returns where each went, in the order given. Durable once it returns. */
    readonly append: (drafts: ReadonlyArray<Draft>) => Effect.Effect<ReadonlyArray<Position>, LogError>

    /** Reads a partition from an offset up to its end as of when it starts to run, in order; then ends. Only committed records. */
    readonly read: (topic: string, partition: number, from: number) => Stream.Stream<LogRecord, LogError>

    /** By partition: an offset that all records appended up to now lie below, and all that are appended later do not. */
    readonly endOffsets: (topic: string) => Effect.Effect<ReadonlyArray<number>, LogError>

    /**
     * The next offset each partition of the topic will be handled from, by partition; null where the group has none yet.
     * A group that has handled everything may stand below the end offset, where the last offsets have no record.
     */
    readonly committed: (group: string, topic: string) => Effect.Effect<ReadonlyArray<number | null>, LogError>

    /** Sets offsets of a group without members, and writes nothing else: where a new group shall begin. */
    readonly commit: (group: string, positions: ReadonlyArray<Position>) => Effect.Effect<void, LogError>

    /**
     * Consumes topics as a member of a group, from each partition's committed offset (0 where there is none), for as
     * long as it runs; several members of one group share the partitions. Ends only by failure or interruption;
     * an interruption lets the batch in hand be lost, never half-written.
     */
    readonly consume: <E, R>(consumption: Consumption<E, R>) => Effect.Effect<never, E | LogError, R>

    /**
     * Joins a group to share out a topic's partitions, and reads nothing: says which are this member's, each time they are
     * dealt. None until then; an empty deal is one too. A member that was cut off learns of it late.
     */
    readonly share: (group: string, topic: string) => Stream.Stream<ReadonlyArray<number>, LogError>

    /**
     * Every record appended to these topics from these offsets on, live, in order within a partition. Does not end.
     * A partition that is not named begins at its end as of when the tail starts to run.
     */
    readonly tail: (
      topics: ReadonlyArray<string>,
      from?: ReadonlyArray<Position>
    ) => Stream.Stream<LogRecord, LogError, Scope.Scope>
  }
>()("onefold/platform/log/EventLog") {}
