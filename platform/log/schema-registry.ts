/**
 * The one file that imports @kafkajs/confluent-schema-registry (4.1.0): Onefold's schemas in a registry, and the ids that
 * it gave them.
 *
 * Each event is a subject, under the full name of its record, and each version of its schema a version there, registered
 * in order. What the registry holds already is only looked up, so that a process without the right to write can start
 * where another one has been.
 */
import { COMPATIBILITY, SchemaRegistry, SchemaType } from "@kafkajs/confluent-schema-registry"
import { Effect, FiberSet, Redacted, Schema, type Scope } from "effect"
import { eventTags } from "../../schemas/catalogue.ts"
import { schemaIdOf } from "./codec.ts"
import { LogError } from "./event-log.ts"
import { type EventSchema, eventSchemas } from "./event-schemas.ts"
import { addressOf, type RegistryConnection } from "./registry-connection.ts"
import { registryFault, statusOf, untilItAnswers } from "./registry-fault.ts"
import { registryIds, type WireIds } from "./wire-ids.ts"

/** After this time without an answer a request counts as failed. */
const requestMillis = 10_000

/** How many subjects are looked after at once. */
const subjectsAtOnce = 4

interface Registry {
  readonly client: SchemaRegistry
  readonly place: string
}

const open = (url: string, { password, user }: RegistryConnection): Registry => {
  const client = new SchemaRegistry({
    host: url,
    clientId: "onefold",
    ...(user === undefined
      ? {}
      : { auth: { username: user, password: password === undefined ? "" : Redacted.value(password) } }),
    // What is tried again, and when, is settled here for all requests together.
    retry: { retries: 0 },
    middlewares: [
      () => ({ prepareRequest: (next) => next().then((request) => request.enhance({ timeout: requestMillis })) })
    ]
  })
  return { client, place: `schema registry ${url}` }
}

const Named = Schema.Struct({ namespace: Schema.NonEmptyString, name: Schema.NonEmptyString })
const parseNamed = Schema.decodeUnknownSync(Schema.fromJsonString(Named))

const subjectOf = ({ text }: EventSchema): string => {
  const { name, namespace } = parseNamed(text)
  return `${namespace}.${name}`
}

/** What the subject's versions are held to by the registry: the level that the library met in place of the one it wanted. */
const levelMet = (cause: unknown): COMPATIBILITY | undefined => {
  const told = cause instanceof Error ? /!= (\w+)\)$/.exec(cause.message)?.[1] : undefined
  return Object.values(COMPATIBILITY).find((level) => level === told)
}

/** A subject may have a level of its owner's choosing, or none yet: another process is about to set it. It stays. */
const mostLevels = 3

const register = async (
  client: SchemaRegistry,
  subject: string,
  schema: { readonly type: SchemaType.AVRO; readonly schema: string }
) => {
  let compatibility = COMPATIBILITY.BACKWARD
  for (let left = mostLevels; ; left--) {
    try {
      const { id } = await client.register(schema, { subject, compatibility })
      return { id, compatibility }
    } catch (cause) {
      const met = levelMet(cause)
      if (met === undefined || left === 0) throw cause
      compatibility = met
    }
  }
}

/** The library tells a schema that a subject does not hold from all that can go wrong by an error without a status. */
const isNotThere = (cause: unknown): boolean =>
  cause instanceof Error && cause.name === "ConfluentSchemaRegistryError" && statusOf(cause) === undefined

const lookUp = async (client: SchemaRegistry, subject: string, schema: Parameters<typeof register>[2]) => {
  try {
    return await client.getRegistryIdBySchema(subject, schema)
  } catch (cause) {
    if (isNotThere(cause)) return undefined
    throw cause
  }
}

/** The registry's id of one version, which is registered if the registry lacks it. */
const idOf = Effect.fn("SchemaRegistry.idOf")(function* ({ client, place }: Registry, event: EventSchema) {
  const subject = subjectOf(event)
  const schema = { type: SchemaType.AVRO as const, schema: event.text }
  const fault = (cause: unknown) => registryFault(place, `version ${event.version} of subject ${subject}`, cause)
  const look = Effect.tryPromise({ try: () => lookUp(client, subject, schema), catch: fault })
  const found = yield* look
  if (found !== undefined) return found
  const { compatibility, id } = yield* Effect.tryPromise({
    try: () => register(client, subject, schema),
    catch: fault
  }).pipe(
    Effect.catchIf(
      ({ reason }) => reason === "incompatible",
      // Two processes that register the same at once: to some registries the second one comes into conflict.
      (refusal) =>
        Effect.flatMap(look, (id) =>
          id === undefined ? Effect.fail(refusal) : Effect.succeed({ id, compatibility: null })
        )
    )
  )
  if (compatibility === COMPATIBILITY.NONE)
    yield* Effect.logWarning(`${place} holds subject ${subject} to no compatibility: set it to BACKWARD there`)
  return id
})

const isId = (id: unknown): id is number => Number.isSafeInteger(id) && Number(id) > 0

/** Registers what is missing, and says which id each of our schemas has. */
const learnIds = Effect.fn("SchemaRegistry.learnIds")(function* (registry: Registry) {
  const versionsOf = Map.groupBy(eventSchemas, ({ tag }) => tag)
  const known = yield* Effect.forEach(
    eventTags,
    (tag) =>
      Effect.forEach(versionsOf.get(tag) ?? [], (event) =>
        Effect.map(idOf(registry, event), (id) => ({ catalogue: event.id, registry: id }))
      ),
    { concurrency: subjectsAtOnce }
  )
  const ids = known.flat()
  if (ids.every(({ registry }) => isId(registry))) return ids
  return yield* new LogError({
    reason: "refused",
    place: registry.place,
    detail: "what answers there gives no ids",
    next: "Check the address: it ends where Confluent's API begins"
  })
})

const nameIn = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ name: Schema.String })))

/** What an id that nobody here knew stands for: ours if the schema is the same but for its words. */
const catalogueIdOf = Effect.fn("SchemaRegistry.catalogueIdOf")(function* ({ client, place }: Registry, id: number) {
  const found = yield* Effect.tryPromise({
    try: async () => {
      try {
        const text = JSON.stringify(await client.getSchema(id))
        return { ours: schemaIdOf(text), what: `is ${nameIn(text).name}` }
      } catch (cause) {
        const status = statusOf(cause)
        if (status === undefined) return { ours: null, what: "is no Avro schema" }
        if (status === 404) return { ours: null, what: "is not there" }
        throw cause
      }
    },
    catch: (cause) => registryFault(place, `schema ${id}`, cause)
  })
  if (found.ours === null)
    yield* Effect.logWarning(
      `schema ${id} of ${place} ${found.what}: this version of Onefold cannot read it, and sets aside what is written by it`
    )
  return found.ours
})

/** The registry's ids for a log's topics. Fails with LogError: refused, incompatible, or unavailable after all patience. */
export const connectRegistry = Effect.fn("SchemaRegistry.connect")(function* (
  connection: RegistryConnection
): Effect.fn.Return<WireIds, LogError, Scope.Scope> {
  const url = addressOf(connection)
  if (typeof url !== "string") return yield* url
  const registry = open(url, connection)
  const known = yield* untilItAnswers(registry.place, connection, learnIds(registry))
  const run = yield* FiberSet.makeRuntimePromise()
  return registryIds(known, (id) => run(untilItAnswers(registry.place, connection, catalogueIdOf(registry, id))))
})
