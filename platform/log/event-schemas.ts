/**
 * The Avro schemas of schemas/ as they lie there: every version of every event, the oldest first.
 */
import { readFileSync } from "node:fs"
import { catalogue, type EventTag, eventTags, schemaFile, schemaId } from "../../schemas/catalogue.ts"

export interface EventSchema {
  readonly id: number
  readonly tag: EventTag
  readonly version: number
  /** The .avsc file. */
  readonly text: string
}

export const eventSchemas: ReadonlyArray<EventSchema> = eventTags.flatMap((tag) =>
  Array.from({ length: catalogue[tag].version }, (_, i) => {
    const version = i + 1
    const text = readFileSync(new URL(`../../schemas/${schemaFile(tag, version)}`, import.meta.url), "utf8")
    return { id: schemaId(tag, version), tag, version, text }
  })
)
