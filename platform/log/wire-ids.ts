/**
 * WireIds: which number stands for a schema in a Kafka topic.
 *
 * A value begins with a byte 0 and a schema's id. Everything above the log knows the catalogue's ids, and hashes values
 * with them. With a schema registry, the topic holds the registry's ids: they are put in as a value goes out and taken
 * out as it comes in, so that a value is the same bytes above every log.
 *
 *   outgoing   an id of ours becomes the registry's     any other has its highest bit turned
 *   incoming   the registry's id becomes ours again     any other has its highest bit turned
 *
 * Neither the catalogue nor a registry gives ids with the highest bit. So the id of a schema that is none of ours cannot
 * be taken for one that is, the codec refuses the value, and a value that goes out again gets the number it came with.
 */

export interface WireIds {
  /** The value as it lies in a topic: a copy where an id changes. */
  readonly outgoing: (value: Uint8Array) => Uint8Array
  /** Makes values as they lie in a topic what they are above the log, in place. */
  readonly incoming: (values: ReadonlyArray<Uint8Array>) => Promise<void>
}

/** Without a registry, the catalogue's ids lie in the topics. */
export const catalogueIds: WireIds = { outgoing: (value) => value, incoming: () => Promise.resolve() }

/** A byte 0 and the schema's id. */
const headerLength = 5

const highestBit = 0x80000000

const turned = (id: number): number => (id ^ highestBit) >>> 0

const hasHighestBit = (id: number): boolean => id >= highestBit

/** The schema id that a value begins with; null where it begins otherwise. */
const idOf = (value: Uint8Array): number | null => {
  if (value.length < headerLength || value[0] !== 0) return null
  return ((value[1] << 24) | (value[2] << 16) | (value[3] << 8) | value[4]) >>> 0
}

const setId = (value: Uint8Array, id: number): void => {
  value[1] = id >>> 24
  value[2] = id >>> 16
  value[3] = id >>> 8
  value[4] = id
}

/** The same schema in the catalogue and in a registry. */
export interface KnownId {
  readonly catalogue: number
  readonly registry: number
}

/** @param ask the catalogue's id for one of the registry's that is not known here, null for another's; asked once an id */
export const registryIds = (
  known: ReadonlyArray<KnownId>,
  ask: (registryId: number) => Promise<number | null>
): WireIds => {
  const toRegistry = new Map(known.map(({ catalogue, registry }) => [catalogue, registry]))
  const toCatalogue = new Map(known.map(({ catalogue, registry }) => [registry, catalogue]))
  const asking = new Map<number, Promise<void>>()

  const learn = (id: number): Promise<void> => {
    const found = asking.get(id)
    if (found !== undefined) return found
    const asked = ask(id)
      .then((ours) => {
        toCatalogue.set(id, ours ?? turned(id))
      })
      .finally(() => asking.delete(id))
    asking.set(id, asked)
    return asked
  }

  const isUnknown = (id: number | null): id is number => id !== null && !hasHighestBit(id) && !toCatalogue.has(id)

  return {
    outgoing: (value) => {
      const id = idOf(value)
      if (id === null) return value
      // A copy, not the value with another number for a while: whoever sent it may hash it before it is written.
      const copy = new Uint8Array(value)
      setId(copy, toRegistry.get(id) ?? turned(id))
      return copy
    },
    incoming: async (values) => {
      const unknown = new Set(values.map(idOf).filter(isUnknown))
      if (unknown.size > 0) await Promise.all([...unknown].map(learn))
      for (const value of values) {
        const id = idOf(value)
        if (id !== null) setId(value, toCatalogue.get(id) ?? turned(id))
      }
    }
  }
}

/** An id as a reader of messages knows it: one that the catalogue lacks is the registry's where it has the highest bit. */
export const spelled = (id: number): string => (hasHighestBit(id) ? `${turned(id)} in the schema registry` : String(id))
