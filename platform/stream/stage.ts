/**
 * What a stage is.
 *
 * A Stage turns events into events and remembers nothing. A Decider remembers: its state is the fold of the events it
 * has seen (`evolve`), and what it writes follows from that state and the event that came last (`decide`). Neither
 * knows the log: serve.ts reads, deduplicates, appends and commits for them.
 */
import type { Effect } from "effect"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { Sha256 } from "../../schemas/ids.ts"

export type Tag = OnefoldEvent["_tag"]
export type EventOf<T extends Tag> = Extract<OnefoldEvent, { readonly _tag: T }>

/** An event as it lies in the log: with its id and the hash of its bytes, so that what it causes can name it. */
export interface Delivered<E extends OnefoldEvent = OnefoldEvent> {
  readonly event: E
  readonly id: string
  /** SHA-256 of the record's value. */
  readonly sha256: Sha256
}

/** A reference to a cause, as events carry it. */
export interface Cause {
  readonly id: string
  readonly sha256: Sha256
}

export const causeOf = (delivered: Delivered): Cause => ({ id: delivered.id, sha256: delivered.sha256 })

export interface Stage<In extends Tag, E, R> {
  readonly name: string
  readonly consumes: ReadonlyArray<In>
  /** How many events of one partition are handed over at most: what a kill may cost. */
  readonly maxBatch: number
  /** Events of one partition in order, each id once; what is returned is appended in one act with the commit. */
  readonly handle: (
    deliveries: ReadonlyArray<Delivered<EventOf<In>>>
  ) => Effect.Effect<ReadonlyArray<OnefoldEvent>, E, R>
}

export interface Decider<State, In extends Tag, E, R> {
  readonly name: string
  readonly consumes: ReadonlyArray<In>
  /** The state of one run before its first event. */
  readonly initialState: State
  /** Pure; the order in which events of different partitions arrive must not matter to what is finally decided. */
  readonly evolve: (state: State, delivered: Delivered<EventOf<In>>) => State
  /** What follows from this event, given the state that already includes it. */
  readonly decide: (state: State, delivered: Delivered<EventOf<In>>) => Effect.Effect<ReadonlyArray<OnefoldEvent>, E, R>
}
