/**
 * What a failure of S3 means: whether it passes, and how to say it so that somebody can mend it.
 *
 * The answers of HEAD have no body, so the status often is all there is.
 */
import { Data, Redacted } from "effect"

export type S3FaultKind = "passing" | "missing" | "denied" | "full" | "other"

export class S3Fault extends Data.Error<{ readonly kind: S3FaultKind; readonly detail: string }> {
  saying(detail: string): S3Fault {
    return new S3Fault({ kind: this.kind, detail })
  }
}

const passingCodes =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/

/** Among them those of an upload that was damaged on its way, and of a clock that the SDK sets right by itself. */
const passingNames =
  /^(TimeoutError|SlowDown|Throttling.*|RequestTimeout|RequestThrottled.*|OperationAborted|BadDigest|InvalidDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch|IncompleteBody|RequestTimeTooSkewed)$/

const deniedNames =
  /^(AccessDenied|Forbidden|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired|CredentialsProviderError|AllAccessDisabled)$/

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

interface Seen {
  readonly name: string
  readonly code: string
  readonly status: number
  readonly message: string
}

const seenIn = (cause: unknown): Seen => {
  const status = field(field(cause, "$metadata"), "httpStatusCode")
  return {
    name: textOf(field(cause, "name")),
    code: textOf(field(cause, "code")),
    status: typeof status === "number" ? status : 0,
    message: textOf(field(cause, "message"))
  }
}

const said = ({ code, message, name, status }: Seen): string => {
  const parts = [name === "Error" ? "" : name, code, status === 0 ? "" : `status ${status}`]
  const short = parts.filter((part, at) => part !== "" && parts.indexOf(part) === at).join(", ")
  return [short, message === name ? "" : message].filter((part) => part !== "").join(": ")
}

/** Servers have different names for it; what is said of it always has this word. */
const isDamagedUpload = ({ message, status }: Seen): boolean => status === 400 && /checksum|digest/i.test(message)

const isPassing = (seen: Seen): boolean => {
  const { code, name, status } = seen
  const isBusy = status === 408 || status === 429 || (status >= 500 && status !== 501)
  return passingCodes.test(code) || passingNames.test(name) || isBusy || isDamagedUpload(seen)
}

const kindOf = (seen: Seen): S3FaultKind => {
  if (seen.status === 507 || /Quota|StorageFull/.test(seen.name)) return "full"
  if (isPassing(seen)) return "passing"
  if (deniedNames.test(seen.name) || seen.status === 401 || seen.status === 403) return "denied"
  return seen.status === 404 && seen.name !== "NoSuchBucket" ? "missing" : "other"
}

const needs = "s3:ListBucket on the bucket and s3:GetObject, s3:PutObject and s3:DeleteObject on what it holds"

const adviceFor = (kind: S3FaultKind, { name, status }: Seen): string => {
  if (kind === "passing") return ""
  if (name === "CredentialsProviderError")
    return "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
  if (kind === "denied") return `access is denied: check the credentials, and that they are allowed ${needs}`
  if (name === "NoSuchBucket") return "there is no such bucket: create it, or check its name"
  if (status === 301 || name === "PermanentRedirect") return "the bucket lies in another region: set AWS_REGION to it"
  if (status === 400) return "the request was refused: check AWS_REGION and the credentials"
  return kind === "full" ? "there is no room left for more: free some, or raise the limit" : ""
}

/** @param cause what the SDK threw */
export const s3Fault = (cause: unknown): S3Fault => {
  if (cause instanceof S3Fault) return cause
  const seen = seenIn(cause)
  const kind = kindOf(seen)
  const advice = adviceFor(kind, seen)
  return new S3Fault({ kind, detail: advice === "" ? said(seen) : `${advice} (${said(seen)})` })
}

/** A server may repeat what it was sent: no secret goes on into a message. */
export const withoutSecrets =
  (secrets: ReadonlyArray<Redacted.Redacted<string>>) =>
  (fault: S3Fault): S3Fault => {
    const values = secrets.map((secret) => Redacted.value(secret)).filter((value) => value !== "")
    return fault.saying(values.reduce((text, value) => text.replaceAll(value, "…"), fault.detail))
  }
