/**
 * Where blobs lie, as somebody writes it: a folder, or `s3://bucket/prefix`. For S3 the environment says the rest:
 *
 *   ONEFOLD_S3_ENDPOINT        the address of an S3-compatible server (Amazon's)
 *   AWS_REGION                 (us-east-1)
 *   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 *                              (what the SDK finds by itself: ~/.aws, the machine's role)
 */
import { Config, Effect, Layer, Option, Redacted, Schema } from "effect"
import type { Artifacts, ArtifactUnwritable } from "../../learning/artifacts.ts"
import { cachedIn } from "./cached.ts"
import { layerLocal } from "./local.ts"
import { endpointFault, type S3Credentials, type S3Place } from "./s3-place.ts"

/** A place of blobs that nobody can go to. */
export class BlobPlaceInvalid extends Schema.TaggedError<BlobPlaceInvalid>()("BlobPlaceInvalid", {
  place: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `blobs cannot lie at ${this.place}: ${this.detail}. ${this.next}`
  }
}

export type BlobPlace =
  | { readonly _tag: "Folder"; readonly path: string }
  | { readonly _tag: "S3"; readonly bucket: string; readonly prefix: string }

export interface BlobOptions {
  /** For blobs in S3: the folder of this machine that keeps what was used last, and its bound. */
  readonly cache: { readonly folder: string; readonly bytes: number } | null
  /** Allows http to an S3 server on another machine. */
  readonly plaintext: boolean
}

const forms = "Give a folder, or s3://BUCKET/PREFIX"
const bucketPattern = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const prefixPart = /^(?!\.{1,2}$)[A-Za-z0-9!_.*'()=-]+$/

/** What comes before an @ may be a secret. */
const shown = (place: string): string => JSON.stringify(place.replace(/\/\/.*@/, "//…@"))

const invalid = (place: string, detail: string, next = forms) =>
  new BlobPlaceInvalid({ place: shown(place), detail, next })

export const parseBlobPlace = Effect.fn("parseBlobPlace")(function* (place: string) {
  const [, scheme, rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s.exec(place) ?? []
  if (scheme === undefined) {
    if (place.trim() === "" || place.includes("\0")) return yield* invalid(place, "it is no folder's path")
    return { _tag: "Folder", path: place } satisfies BlobPlace
  }
  if (scheme !== "s3") return yield* invalid(place, `${scheme}:// is not known here`)
  if (rest.includes("@")) {
    const next = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead"
    return yield* invalid(place, "credentials do not belong there", next)
  }
  const [bucket = "", ...parts] = rest.replace(/\/$/, "").split("/")
  if (!bucketPattern.test(bucket)) {
    const next = "It has 3 to 63 lower-case letters, digits, dots and hyphens"
    return yield* invalid(place, `${JSON.stringify(bucket)} is no name of a bucket`, next)
  }
  const strange = parts.find((part) => !prefixPart.test(part))
  if (strange === undefined) return { _tag: "S3", bucket, prefix: parts.join("/") } satisfies BlobPlace
  const next = "Its parts are letters, digits and any of ! _ . * ' ( ) = -, with single slashes between"
  return yield* invalid(place, `${JSON.stringify(strange)} is no part of a prefix`, next)
})

/** Compose and Kubernetes set variables to nothing: that is the same as not set. */
const given = (name: string) =>
  Config.option(Config.String(name)).pipe(Config.map(Option.filter((value) => value !== "")))
const secret = (name: string) =>
  Config.option(Config.Redacted(name)).pipe(Config.map(Option.filter((value) => Redacted.value(value) !== "")))

const settings = Config.all({
  endpoint: given("ONEFOLD_S3_ENDPOINT"),
  region: Config.map(
    given("AWS_REGION"),
    Option.getOrElse(() => "us-east-1")
  ),
  accessKeyId: secret("AWS_ACCESS_KEY_ID"),
  secretAccessKey: secret("AWS_SECRET_ACCESS_KEY"),
  sessionToken: secret("AWS_SESSION_TOKEN")
})

const credentialsOf = Effect.fn("blobPlace.credentials")(function* (
  place: string,
  found: Config.Success<typeof settings>
) {
  const { accessKeyId, secretAccessKey, sessionToken } = found
  if (Option.isNone(accessKeyId) && Option.isNone(secretAccessKey)) return {}
  if (Option.isNone(accessKeyId) || Option.isNone(secretAccessKey)) {
    const names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    const [set, missing] = Option.isSome(accessKeyId) ? names : names.toReversed()
    return yield* invalid(place, `${set} is set and ${missing} is not`, "Set both, or neither")
  }
  const credentials: S3Credentials = {
    accessKeyId: accessKeyId.value,
    secretAccessKey: secretAccessKey.value,
    ...(Option.isSome(sessionToken) ? { sessionToken: sessionToken.value } : {})
  }
  return { credentials }
})

const s3Place = Effect.fn("blobPlace.s3")(function* (
  place: string,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
  plaintext: boolean
) {
  const found = yield* settings
  const endpoint = Option.getOrUndefined(found.endpoint)
  const fault = endpoint === undefined ? undefined : endpointFault(endpoint, plaintext)
  if (fault !== undefined) return yield* invalid(place, fault, "Correct ONEFOLD_S3_ENDPOINT")
  const s3: S3Place = {
    bucket,
    prefix,
    region: found.region,
    plaintext,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(yield* credentialsOf(place, found))
  }
  return s3
})

/** Artifacts where the place says: in the folder itself, or in S3 behind a cache. */
export const blobsAt = (
  place: string,
  { cache, plaintext }: BlobOptions
): Layer.Layer<Artifacts, ArtifactUnwritable | BlobPlaceInvalid | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const parsed = yield* parseBlobPlace(place)
      if (parsed._tag === "Folder") return layerLocal(parsed.path)
      const s3 = yield* s3Place(place, parsed, plaintext)
      // The SDK takes a while to load, and most runs lie in a folder.
      const { layerS3 } = yield* Effect.promise(() => import("./s3.ts"))
      return cache === null ? layerS3(s3) : cachedIn(cache.folder, cache)(layerS3(s3))
    })
  )
