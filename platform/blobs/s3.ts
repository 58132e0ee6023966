/**
 * Artifacts in a bucket of S3: `<prefix>/<first two digits>/<sha256>.safetensors`. The one file that imports the SDK.
 *
 * An object is written in one request, which takes up to 5 GiB and leaves it whole or not at all; its SHA-256 goes
 * with it, so that the server refuses what was damaged on the way. Reading checks the hash again. The SDK's own tries are
 * off: whoever waits here waits as long as `patience` says, and says so.
 */
import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client
} from "@aws-sdk/client-s3"
import { Duration, Effect, Layer, Redacted } from "effect"
import { Artifacts, ArtifactUnreadable, ArtifactUnwritable, type Sha256 } from "../../learning/artifacts.ts"
import { Claims } from "./claims.ts"
import { isSha256, nameOf, piecesOf, sha256 } from "./hash.ts"
import { KeyedLock } from "./keyed-lock.ts"
import { defaultPatience, Patience } from "./patience.ts"
import { S3Fault, s3Fault, withoutSecrets } from "./s3-fault.ts"
import { endpointFault, type S3Place } from "./s3-place.ts"

export type { S3Credentials, S3Place } from "./s3-place.ts"

const connectMillis = 5000
/** A transfer that stands still for so long is broken off, however much time its size gives it. */
const stalledMillis = 60_000
const defaultAnswerWithin: Duration.Input = "30 seconds"
/** Slower than this, a transfer counts as broken off. */
const slowestBytesPerMilli = 256
const largestUpload = 5 * 1024 ** 3

/** The SDK says aloud what it throws anyway. */
const quiet = () => undefined
const logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet }

const clientOf = ({ credentials, endpoint, region }: S3Place): S3Client =>
  new S3Client({
    region,
    maxAttempts: 1,
    logger,
    // The endpoint is the one that was given and judged, not one of the environment.
    ignoreConfiguredEndpointUrls: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: connectMillis, socketTimeout: stalledMillis },
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: Redacted.value(credentials.accessKeyId),
            secretAccessKey: Redacted.value(credentials.secretAccessKey),
            ...(credentials.sessionToken === undefined
              ? {}
              : { sessionToken: Redacted.value(credentials.sessionToken) })
          }
        })
  })

const brokenOff = (detail: string) => new S3Fault({ kind: "passing", detail })

/** What a server sends, into one array of the length it announced, hashed on the way. */
const readWhole = async (body: unknown, length: number, signal: AbortSignal) => {
  if (!(body instanceof Readable)) throw new S3Fault({ kind: "other", detail: "the answer has no body" })
  const close = () => body.destroy()
  signal.addEventListener("abort", close, { once: true })
  const bytes = new Uint8Array(length)
  const hash = createHash("sha256")
  let at = 0
  for await (const part of body) {
    const chunk: unknown = part
    if (!(chunk instanceof Uint8Array) || at + chunk.length > length) throw brokenOff("the answer is no such bytes")
    bytes.set(chunk, at)
    hash.update(chunk)
    at += chunk.length
  }
  if (at < length) throw brokenOff(`the answer broke off after ${at} of ${length} bytes`)
  return { bytes, actual: hash.digest("hex") }
}

/** The requests of this store: each bounded in time, tried again while that may help. */
class Bucket {
  readonly #client: S3Client
  readonly #place: S3Place
  readonly #patience: Patience
  readonly #hide: (fault: S3Fault) => S3Fault

  constructor(place: S3Place) {
    this.#client = clientOf(place)
    this.#place = place
    this.#patience = new Patience(this.name, place.patience ?? defaultPatience)
    const { accessKeyId, secretAccessKey, sessionToken } = place.credentials ?? {}
    this.#hide = withoutSecrets([accessKeyId, secretAccessKey, sessionToken].filter((secret) => secret !== undefined))
  }

  /** Where it is, as messages say it. */
  get name(): string {
    const { bucket, endpoint } = this.#place
    return `s3://${bucket}${endpoint === undefined ? "" : ` at ${URL.parse(endpoint)?.origin}`}`
  }

  /** Where an artifact is, as messages say it. */
  placeOf(hash: Sha256): string {
    const { bucket, endpoint } = this.#place
    return `s3://${bucket}/${this.#key(hash)}${endpoint === undefined ? "" : ` at ${URL.parse(endpoint)?.origin}`}`
  }

  close(): void {
    this.#client.destroy()
  }

  get isThere(): Effect.Effect<void, S3Fault> {
    const { bucket } = this.#place
    return this.#patience.with(
      this.#bounded(0, (abortSignal) => this.#client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal }))
    )
  }

  /** Undefined where there is no such object. */
  sizeOf(hash: Sha256): Effect.Effect<number | undefined, S3Fault> {
    const size = this.#bounded(0, async (abortSignal) => {
      const head = await this.#client.send(new HeadObjectCommand(this.#named(hash)), { abortSignal })
      return head.ContentLength
    })
    return Effect.catchIf(
      this.#patience.with(size),
      ({ kind }) => kind === "missing",
      () => Effect.succeed(undefined)
    )
  }

  put(hash: Sha256, bytes: Uint8Array): Effect.Effect<void, S3Fault> {
    const command = () =>
      new PutObjectCommand({
        ...this.#named(hash),
        Body: Readable.from(piecesOf(bytes)),
        ContentLength: bytes.length,
        ChecksumSHA256: Buffer.from(hash, "hex").toString("base64")
      })
    return this.#patience.with(
      Effect.asVoid(this.#bounded(bytes.length, (abortSignal) => this.#client.send(command(), { abortSignal })))
    )
  }

  get(hash: Sha256): Effect.Effect<{ readonly bytes: Uint8Array; readonly actual: Sha256 }, S3Fault> {
    const asked = this.#bounded(0, (abortSignal) =>
      this.#client.send(new GetObjectCommand(this.#named(hash)), { abortSignal })
    )
    const whole = Effect.flatMap(asked, ({ Body, ContentLength }) =>
      ContentLength === undefined
        ? Effect.fail(new S3Fault({ kind: "other", detail: "the server does not say how long the object is" }))
        : this.#bounded(ContentLength, (signal) => readWhole(Body, ContentLength, signal))
    )
    return this.#patience.with(whole)
  }

  delete(hash: Sha256): Effect.Effect<void, S3Fault> {
    return this.#patience.with(
      Effect.asVoid(
        this.#bounded(0, (abortSignal) =>
          this.#client.send(new DeleteObjectCommand(this.#named(hash)), { abortSignal })
        )
      )
    )
  }

  #key(hash: Sha256): string {
    const { prefix } = this.#place
    return `${prefix === "" ? "" : `${prefix}/`}${nameOf(hash)}`
  }

  #named(hash: Sha256) {
    return { Bucket: this.#place.bucket, Key: this.#key(hash) }
  }

  #bounded<A>(bytes: number, act: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, S3Fault> {
    const answer = Duration.fromInputUnsafe(this.#place.answerWithin ?? defaultAnswerWithin)
    const duration = Duration.sum(answer, Duration.millis(bytes / slowestBytesPerMilli))
    return Effect.tryPromise({ try: act, catch: s3Fault }).pipe(
      Effect.timeoutOrElse({
        duration,
        orElse: () => Effect.fail(brokenOff(`no answer to one request in ${Duration.format(duration)}`))
      }),
      Effect.mapError(this.#hide)
    )
  }
}

const unwritable = (place: string, { detail, kind }: S3Fault): ArtifactUnwritable => {
  const reason = kind === "full" ? "full" : kind === "denied" ? "not-writable" : "io"
  return new ArtifactUnwritable({ place, reason, detail })
}

const open = Effect.fn("S3.open")(function* (place: S3Place) {
  const fault = place.endpoint === undefined ? undefined : endpointFault(place.endpoint, place.plaintext === true)
  if (fault !== undefined)
    return yield* new ArtifactUnwritable({ place: `s3://${place.bucket}`, reason: "not-writable", detail: fault })
  const bucket = yield* Effect.acquireRelease(
    Effect.sync(() => new Bucket(place)),
    (opened) => Effect.sync(() => opened.close())
  )
  yield* bucket.isThere.pipe(
    Effect.mapError((failed) =>
      failed.kind === "missing"
        ? unwritable(bucket.name, failed.saying("there is no such bucket: create it, or check its name"))
        : unwritable(bucket.name, failed)
    )
  )
  return bucket
})

/** Artifacts under a prefix of a bucket, which must be there. */
export const layerS3 = (place: S3Place): Layer.Layer<Artifacts, ArtifactUnwritable> =>
  Layer.effect(
    Artifacts,
    Effect.gen(function* () {
      const bucket = yield* open(place)
      const claims = new Claims()
      // A removal is on its way for a while: no store of the same bytes may find them there meanwhile.
      const turns = new KeyedLock()

      const keep = Effect.fn("S3.keep")(function* (hash: Sha256, bytes: Uint8Array) {
        if ((yield* bucket.sizeOf(hash)) === bytes.length) claims.again(hash)
        else yield* bucket.put(hash, bytes)
      })

      const store = Effect.fn("Artifacts.store")(function* (bytes: Uint8Array) {
        if (bytes.length > largestUpload) {
          const detail = `it has ${bytes.length} bytes, and one upload takes 5 GiB at most`
          return yield* new ArtifactUnwritable({ place: bucket.name, reason: "not-writable", detail })
        }
        const hash = yield* Effect.promise(() => sha256(bytes))
        yield* Effect.acquireUseRelease(
          Effect.sync(() => claims.begin(hash)),
          () => turns.with(hash, keep(hash, bytes)),
          () => Effect.sync(() => claims.end(hash))
        ).pipe(Effect.mapError((fault) => unwritable(bucket.placeOf(hash), fault)))
        return hash
      })

      const remove = (hash: Sha256) =>
        isSha256(hash)
          ? turns.with(
              hash,
              Effect.suspend(() =>
                claims.mayGo(hash) ? Effect.as(bucket.delete(hash), true) : Effect.succeed(false)
              ).pipe(Effect.mapError((fault) => unwritable(bucket.placeOf(hash), fault)))
            )
          : Effect.succeed(false)

      const unreadable = (hash: Sha256, { detail, kind }: S3Fault): ArtifactUnreadable => {
        const reason = kind === "missing" ? "missing" : "io"
        return new ArtifactUnreadable({ hash, place: bucket.placeOf(hash), reason, detail })
      }

      const load = Effect.fn("Artifacts.load")(function* (hash: Sha256) {
        if (!isSha256(hash)) {
          const detail = "it is no SHA-256"
          return yield* new ArtifactUnreadable({ hash, place: bucket.name, reason: "bad-name", detail })
        }
        const { actual, bytes } = yield* Effect.mapError(bucket.get(hash), (fault) => unreadable(hash, fault))
        if (actual === hash) return bytes
        const detail = `its bytes have the hash ${actual}; restore it from a copy of the bucket, or start the run anew`
        return yield* new ArtifactUnreadable({ hash, place: bucket.placeOf(hash), reason: "hash-mismatch", detail })
      })

      const has = (hash: Sha256) =>
        isSha256(hash)
          ? bucket.sizeOf(hash).pipe(
              Effect.map((size) => size !== undefined),
              Effect.mapError((fault) => unreadable(hash, fault))
            )
          : Effect.succeed(false)

      return { store, load, has, remove }
    })
  )
