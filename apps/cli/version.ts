/**
 * The version of Onefold that is running, from its package.json.
 */
import { readFileSync } from "node:fs"
import { Schema } from "effect"

const Package = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

export const version = Schema.decodeUnknownSync(Package)(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8")
).version
