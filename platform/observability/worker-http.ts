/**
 * A worker as its keepers see it, over HTTP: does it live, may work be expected of it, what are its figures.
 *
 *   GET /health   200 "ok" for as long as the event loop answers
 *   GET /ready    200 "ready", else 503 and why not: "joining" its group, or "draining" before it ends
 *   GET /metrics  every metric of this process, in Prometheus' text format
 *
 * Whoever reaches the port may ask: there are no secrets in it. No body is read.
 */
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http"
import { type Context, Effect, Schema, type Scope } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { type Address, listen, reply, stop } from "../http/small-server.ts"

/** Where a worker stands; whoever drives it sets `state`, and the next request sees it. */
export interface Readiness {
  readonly state: "joining" | "ready" | "draining"
}

/** What to do where the address cannot be used, by the reason why. */
const next = {
  "port-taken": "Another process listens there: stop it, or give another port (0 takes any that is free)",
  "not-permitted": "Ports below 1024 belong to the administrator: give a higher one",
  "no-such-host":
    "No interface of this machine has that address: 127.0.0.1 is this machine only, 0.0.0.0 every interface",
  "bad-port": "A port is a whole number from 0 to 65535",
  unusable: "See whether this machine allows it, then start again"
} as const

/** No server can listen at this address. */
export class HttpUnusable extends Schema.TaggedError<HttpUnusable>()("HttpUnusable", {
  reason: Schema.Literals(["port-taken", "not-permitted", "no-such-host", "bad-port", "unusable"]),
  host: Schema.String,
  port: Schema.Number,
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot serve HTTP at ${this.host}:${this.port} (${this.reason}): ${this.detail}. ${next[this.reason]}`
  }
}

const reasons: Readonly<Record<string, HttpUnusable["reason"]>> = {
  EADDRINUSE: "port-taken",
  EACCES: "not-permitted",
  EADDRNOTAVAIL: "no-such-host",
  ENOTFOUND: "no-such-host",
  ERR_SOCKET_BAD_PORT: "bad-port"
}

const unusable = ({ host, port }: Address, cause: unknown): HttpUnusable => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new HttpUnusable({ reason: reasons[code] ?? "unusable", host, port, detail })
}

/** A request is a line and some headers; whoever is slow or says more is turned away. */
const bounds: ServerOptions = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000
}
const mostConnections = 256

interface Answer {
  readonly status: number
  readonly content: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What may be asked, by path. */
const answersOf = (readiness: Readiness, context: Context.Context<never>) =>
  new Map<string, () => Answer>([
    ["/health", () => ({ status: 200, content: "ok" })],
    ["/ready", () => ({ status: readiness.state === "ready" ? 200 : 503, content: readiness.state })],
    [
      "/metrics",
      () => ({
        status: 200,
        content: PrometheusMetrics.formatUnsafe(context),
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" }
      })
    ]
  ])

const answerTo = ({ method, url = "" }: IncomingMessage, answers: ReadonlyMap<string, () => Answer>): Answer => {
  const answer = answers.get(url.split("?", 1)[0])
  if (answer === undefined) return { status: 404, content: "unknown path" }
  return method === "GET" ? answer() : { status: 405, content: "GET only", headers: { allow: "GET" } }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0"

const serve = (request: IncomingMessage, response: ServerResponse, answers: ReadonlyMap<string, () => Answer>) => {
  const { content, headers, status } = answerTo(request, answers)
  // A body that nobody reads ends the connection.
  reply(response, status, content, hasBody(request) ? { ...headers, connection: "close" } : headers)
}

/** Answers at this address until the scope closes, and says on which port. */
export const serveHttp = Effect.fn("serveHttp")(function* (
  address: Address,
  readiness: Readiness
): Effect.fn.Return<{ readonly port: number }, HttpUnusable, Scope.Scope> {
  const answers = answersOf(readiness, yield* Effect.context<never>())
  const server = createServer(bounds, (request, response) => serve(request, response, answers))
  server.maxConnections = mostConnections
  const port = yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => listen(server, address), catch: (cause) => unusable(address, cause) }),
    () => stop(server)
  )
  return { port }
})
