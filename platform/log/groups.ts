/**
 * Groups: which member of a consumer group handles which partition, inside one process.
 *
 * Partitions are dealt round among the members that asked for their topic. When a member comes or goes they are dealt
 * anew; a batch in hand is finished first, because whoever handles a partition holds its turn.
 */
import { Effect, Semaphore } from "effect"
import type { Signal } from "./signal.ts"

/** One partition of one topic. */
export interface Place {
  readonly topic: string
  readonly partition: number
}

export const nameOf = (place: Place): string => `${place.topic}/${place.partition}`

export interface Member {
  readonly places: ReadonlyArray<Place>
}

interface Group {
  readonly members: Set<Member>
  readonly turns: Map<string, Semaphore.Semaphore>
  owners: ReadonlyMap<string, Member>
}

/** Sorted by topic, then partition; no place twice. */
const placesOf = (members: Iterable<Member>): ReadonlyArray<Place> => {
  const byName = new Map<string, Place>()
  for (const member of members) for (const place of member.places) byName.set(nameOf(place), place)
  return [...byName.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
  )
}

/** Deals the places of all members round among those that want them. */
export const deal = (members: ReadonlyArray<Member>): ReadonlyMap<string, Member> => {
  const wants = new Map(members.map((member) => [member, new Set(member.places.map(nameOf))]))
  const owners = new Map<string, Member>()
  placesOf(members).forEach((place, index) => {
    const takers = members.filter((member) => wants.get(member)?.has(nameOf(place)))
    const taker = takers[index % takers.length]
    if (taker !== undefined) owners.set(nameOf(place), taker)
  })
  return owners
}

export class Groups {
  readonly #groups = new Map<string, Group>()
  readonly #signalOf: (place: Place) => Signal

  /** @param signalOf raised when a place changes hands */
  constructor(signalOf: (place: Place) => Signal) {
    this.#signalOf = signalOf
  }

  #group(name: string): Group {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const made: Group = { members: new Set(), turns: new Map(), owners: new Map() }
    this.#groups.set(name, made)
    return made
  }

  join(group: string, member: Member): void {
    this.#group(group).members.add(member)
    this.#redeal(this.#group(group))
  }

  leave(group: string, member: Member): void {
    this.#group(group).members.delete(member)
    this.#redeal(this.#group(group))
  }

  #redeal(group: Group): void {
    group.owners = deal([...group.members])
    for (const place of placesOf(group.members)) this.#signalOf(place).raise()
  }

  owns(group: string, member: Member, place: Place): boolean {
    return this.#group(group).owners.get(nameOf(place)) === member
  }

  /** Runs alone among all who handle this place for this group. */
  turn<A, E, R>(group: string, place: Place, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const { turns } = this.#group(group)
      const turn = turns.get(nameOf(place)) ?? Semaphore.makeUnsafe(1)
      turns.set(nameOf(place), turn)
      return turn.withPermit(work)
    })
  }
}
