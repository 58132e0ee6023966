/**
 * The Hugging Face hub, as little of it as reading a model or a data set takes: what a revision is, which files it has,
 * their bytes.
 */
import { Effect, Redacted, Schema } from "effect"
import { ModelUnavailable } from "./model-unavailable.ts"

/** Loaded when a model is first looked for on the hub. */
const library = () => import("@huggingface/hub")

export interface Hub {
  /** Where its API is: https://huggingface.co, or a mirror. */
  readonly endpoint: string
  readonly token: Redacted.Redacted<string> | null
}

/** A model or a data set of the hub as someone named it. */
export interface HubId {
  readonly name: string
  /** owner/name; a data set's begins with datasets/. */
  readonly repo: string
  readonly revision: string
}

export interface HubFile {
  readonly path: string
  readonly size: number
  /** What its bytes must hash to: SHA-256, or git's SHA-1 of a blob where the hub gives no other. */
  readonly hash: { readonly kind: "sha256" | "git"; readonly value: string }
}

const Commit = Schema.String.check(Schema.isPattern(/^[0-9a-f]{40}$/))
const File = Schema.Struct({
  path: Schema.String,
  size: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  oid: Schema.optional(Commit),
  lfs: Schema.optional(
    Schema.NullOr(
      Schema.Struct({
        oid: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
        size: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
      })
    )
  )
})

const tryAgain = "run it again; what was downloaded is kept"
const answerLimit = "30 seconds"

/** What the cause says, with what lies behind it: fetch only says "fetch failed". */
const detail = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  const behind = cause.cause instanceof Error ? ` (${cause.cause.message || cause.cause.name})` : ""
  return `${cause.message}${behind}`.slice(0, 300)
}

const statusOf = (cause: unknown): number | null =>
  cause instanceof Error && "statusCode" in cause && typeof cause.statusCode === "number" ? cause.statusCode : null

/** An error of the library in our words. */
const unavailable =
  ({ endpoint, token }: Hub, { name, repo, revision }: HubId, what: string) =>
  (cause: unknown) => {
    const of = (kind: ModelUnavailable["kind"], reason: string, next: string) =>
      new ModelUnavailable({ model: name, kind, reason, next })
    const status = statusOf(cause)
    if (status === null && cause instanceof TypeError && cause.message.includes("hf_"))
      return of("access", "the token is none of the hub's", "set HF_TOKEN to a token that begins with hf_")
    if (status === null) return of("network", `${endpoint} cannot be reached for ${what}: ${detail(cause)}`, tryAgain)
    if (status === 401 || status === 403) {
      const given = token === null ? "without a token" : "with the token that is set"
      const page = `ask for access on ${endpoint}/${repo}`
      const next = `set HF_TOKEN to a token of an account that may read it (if it is gated, ${page})`
      return of(
        "access",
        `the hub does not give ${what} ${given} (status ${status}): it is gated, private or missing`,
        next
      )
    }
    if (status === 404)
      return of(
        "missing",
        `the hub has no ${what} of ${repo} at ${revision}`,
        "look its name and revision up on the hub"
      )
    return of("hub", `the hub answered with status ${status} for ${what}`, tryAgain)
  }

const credentials = ({ token }: Hub) => (token === null ? {} : { accessToken: Redacted.value(token) })

/** Calls the library; an answer that takes too long counts as none. */
const asked = <A>(hub: Hub, id: HubId, what: string, call: (hub: Awaited<ReturnType<typeof library>>) => Promise<A>) =>
  Effect.tryPromise({ try: async () => call(await library()), catch: unavailable(hub, id, what) }).pipe(
    Effect.timeoutOrElse({
      duration: answerLimit,
      orElse: () => Effect.fail(unavailable(hub, id, what)(`no answer in ${answerLimit}`))
    })
  )

const strange = (hub: Hub, id: HubId, what: string) => () =>
  new ModelUnavailable({
    model: id.name,
    kind: "hub",
    reason: `${hub.endpoint} answered with something that is no ${what}`,
    next: "look whether the endpoint is a hub"
  })

const dataSets = "datasets/"
export const isDataSet = ({ repo }: HubId): boolean => repo.startsWith(dataSets)

/** The commit that a revision is now. */
export const commitOf = Effect.fn("hub.commitOf")(function* (hub: Hub, id: HubId) {
  const { repo, revision } = id
  const which = { revision, hubUrl: hub.endpoint, additionalFields: ["sha" as const], ...credentials(hub) }
  const info = yield* isDataSet(id)
    ? asked(hub, id, "data set", ({ datasetInfo }) => datasetInfo({ name: repo.slice(dataSets.length), ...which }))
    : asked(hub, id, "model", ({ modelInfo }) => modelInfo({ name: repo, ...which }))
  return yield* Effect.mapError(Schema.decodeUnknownEffect(Commit)(info.sha), strange(hub, id, "commit"))
})

/** The files at the top of a model, all files of a data set. */
export const filesOf = Effect.fn("hub.filesOf")(function* (hub: Hub, id: HubId, commit: string) {
  const listed = yield* asked(hub, id, "list of files", async ({ listFiles }) => {
    const files: Array<unknown> = []
    const place = { repo: id.repo, revision: commit, hubUrl: hub.endpoint, ...credentials(hub) }
    const all = listFiles({ ...place, recursive: isDataSet(id) })
    for await (const file of all) if (file.type === "file") files.push(file)
    return files
  })
  const files = yield* Effect.mapError(
    Schema.decodeUnknownEffect(Schema.Array(File))(listed),
    strange(hub, id, "list of files")
  )
  return files.flatMap(({ lfs, oid, path, size }): ReadonlyArray<HubFile> => {
    if (lfs != null) return [{ path, size: lfs.size, hash: { kind: "sha256", value: lfs.oid } }]
    return oid === undefined ? [] : [{ path, size, hash: { kind: "git", value: oid } }]
  })
})

/**
 * Hands over the bytes of a file from `begin` on, piece by piece.
 *
 * Fails with kind "cut" where the connection is cut, what was handed over before being good; with a
 * ModelUnavailable that `use` rejects with; and as every call does.
 */
export const download = Effect.fn("hub.download")(function* (
  hub: Hub,
  id: HubId,
  commit: string,
  { path, begin }: { readonly path: string; readonly begin: number },
  use: (piece: Uint8Array) => Promise<void>
) {
  const place = { repo: id.repo, revision: commit, path, hubUrl: hub.endpoint, ...credentials(hub) }
  const info = yield* asked(hub, id, path, ({ fileDownloadInfo }) => fileDownloadInfo(place))
  if (info === null) return yield* unavailable(hub, id, path)(Object.assign(new Error(), { statusCode: 404 }))
  const blob = yield* asked(hub, id, path, ({ downloadFile }) =>
    downloadFile({ ...place, downloadInfo: info, xet: false })
  )
  if (blob === null) return
  yield* Effect.tryPromise({
    try: async (signal) => {
      const reader = blob.slice(begin, blob.size).stream().getReader()
      const stop = () => reader.cancel().catch(() => undefined)
      signal.addEventListener("abort", stop)
      try {
        for (let next = await reader.read(); !next.done; next = await reader.read()) await use(next.value)
      } finally {
        await stop()
      }
    },
    catch: (cause) => {
      if (cause instanceof ModelUnavailable) return cause
      const reason = `the connection to ${hub.endpoint} was cut within ${path}: ${detail(cause)}`
      return new ModelUnavailable({ model: id.name, kind: "cut", reason, next: tryAgain })
    }
  })
})
