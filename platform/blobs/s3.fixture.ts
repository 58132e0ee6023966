/**
 * What tests of S3 start from: the real server of deploy/local, and a place on it for each test.
 */
import { randomUUID } from "node:crypto"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { Effect, Layer, Redacted } from "effect"
import { Damage } from "../../learning/artifacts.contract.ts"
import { nameOf } from "./hash.ts"
import { layerS3, type S3Place } from "./s3.ts"

export const keyId = "AKIAFORTESTSONLY"
export const secretKey = "not/a/secret/but/it/must/not/be/seen"
export const sessionToken = "a-token-lent-for-the-tests"

/** A place of its own, on a server that takes any credentials. */
export const placeOn = (endpoint: string, more: Partial<S3Place> = {}): S3Place => ({
  bucket: "onefold",
  prefix: `tests/${randomUUID()}`,
  region: "us-east-1",
  endpoint,
  credentials: {
    accessKeyId: Redacted.make(keyId),
    secretAccessKey: Redacted.make(secretKey),
    sessionToken: Redacted.make(sessionToken)
  },
  ...more
})

export const keyOf = ({ prefix }: S3Place, hash: string): string => `${prefix}/${nameOf(hash)}`

/** Puts other bytes under the key of an artifact, with a client of its own. */
export const damageIn = (place: S3Place): Layer.Layer<Damage> =>
  Layer.effect(
    Damage,
    Effect.gen(function* () {
      const client = yield* Effect.acquireRelease(
        Effect.sync(
          () =>
            new S3Client({
              region: place.region,
              forcePathStyle: true,
              credentials: { accessKeyId: "another", secretAccessKey: "another" },
              ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint })
            })
        ),
        (opened) => Effect.sync(() => opened.destroy())
      )
      return {
        replace: (hash, bytes) =>
          Effect.promise(() =>
            client.send(new PutObjectCommand({ Bucket: place.bucket, Key: keyOf(place, hash), Body: bytes }))
          )
      }
    })
  )

/** A place of the test's own on this server, with the means to damage what lies there. */
export const onServer = (endpoint: string) =>
  Layer.unwrap(
    Effect.sync(() => {
      const place = placeOn(endpoint)
      return Layer.merge(layerS3(place), damageIn(place))
    })
  )
