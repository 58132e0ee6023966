/**
 * Where artifacts lie in S3, or on a server that speaks as it does, and as whom to ask for them.
 */
import type { Duration, Redacted } from "effect"
import { isLoopback } from "../http/loopback.ts"

export interface S3Credentials {
  readonly accessKeyId: Redacted.Redacted<string>
  readonly secretAccessKey: Redacted.Redacted<string>
  /** Of credentials that were lent for a time. */
  readonly sessionToken?: Redacted.Redacted<string>
}

export interface S3Place {
  readonly bucket: string
  /** What all keys begin with, without a slash at its ends; "" for none. */
  readonly prefix: string
  readonly region: string
  /** The address of an S3-compatible server; Amazon's where it is left out. */
  readonly endpoint?: string
  /** Where they are left out, the SDK looks where it always does: the environment, ~/.aws, the machine's role. */
  readonly credentials?: S3Credentials
  /** Allows http to another machine: whoever is between may read and change all that goes over it. */
  readonly plaintext?: boolean
  /** How long to wait for a server that does not answer. */
  readonly patience?: Duration.Input
  /** How long one answer may take, beside the time for its bytes. */
  readonly answerWithin?: Duration.Input
}

/** Why an endpoint cannot be used, without repeating it where it holds secrets; undefined where it can. */
export const endpointFault = (endpoint: string, plaintext: boolean): string | undefined => {
  const url = URL.parse(endpoint)
  if (url === null || !/^https?:$/.test(url.protocol)) return "the endpoint is no http or https address"
  if (url.username !== "" || url.password !== "")
    return "user and password do not belong into the endpoint, but into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
  if (url.search !== "" || url.hash !== "") return "the endpoint must end before any ? or #"
  if (url.protocol === "https:" || isLoopback(url.hostname) || plaintext) return undefined
  return `the endpoint ${url.origin} is not encrypted: use https, or allow plain text where the network is your own`
}
