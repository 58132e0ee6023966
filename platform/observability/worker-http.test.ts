import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Metric, Scope } from "effect"
import { get, scrape } from "./prometheus.fixture.ts"
import { type Readiness, serveHttp } from "./worker-http.ts"

const anyPort = { host: "127.0.0.1", port: 0 }

/** What comes back until the other side ends the connection. */
const conversation = (port: number, said: string) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve) => {
        let heard = ""
        const socket = connect(port, "127.0.0.1", () => socket.write(said))
        socket.on("data", (bytes) => {
          heard += bytes
        })
        socket.on("error", () => {})
        socket.on("close", () => resolve(heard))
      })
  )

/** A connection on which something was said, once it was answered or, where no answer can come, once it is open. */
const held = (port: number, said: string, isAnswered: boolean) =>
  Effect.promise(
    () =>
      new Promise<{ readonly ended: Promise<void> }>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => socket.write(said, () => isAnswered || resolve({ ended })))
        const ended = new Promise<void>((end) => socket.on("close", () => end()))
        socket.on("error", () => {})
        socket.once("data", () => resolve({ ended }))
      })
  )

describe("a worker over HTTP", () => {
  it.effect("given a worker that lives, then its health is ok", () =>
    Effect.gen(function* () {
      const { port } = yield* serveHttp(anyPort, { state: "joining" })
      const { headers, status, text } = yield* get(port, "/health")
      assert.deepStrictEqual([status, text], [200, "ok"])
      assert.strictEqual(headers.get("connection"), "keep-alive")
    })
  )

  it.effect("given a worker that joins, works and drains, then it is ready only while it works, and says why not", () =>
    Effect.gen(function* () {
      const readiness: { state: Readiness["state"] } = { state: "joining" }
      const { port } = yield* serveHttp(anyPort, readiness)
      const seen: Array<readonly [number, string]> = []
      for (const state of ["joining", "ready", "draining"] as const) {
        readiness.state = state
        const { status, text } = yield* get(port, "/ready")
        seen.push([status, text])
      }
      assert.deepStrictEqual(seen, [
        [503, "joining"],
        [200, "ready"],
        [503, "draining"]
      ])
    })
  )

  it.effect("given metrics of this process, then they are there with type and labels, whatever a label holds", () =>
    Effect.gen(function* () {
      const odd = 'a "quoted" \\ and\na line'
      const counter = Metric.counter("http_test_total", { description: "tries", attributes: { what: odd } })
      yield* Metric.update(counter, 3)
      const { port } = yield* serveHttp(anyPort, { state: "ready" })
      const seen = yield* scrape(port)
      assert.strictEqual(seen.types.get("http_test_total"), "counter")
      assert.strictEqual(seen.value("http_test_total", { what: odd }), 3)
      yield* Metric.update(counter, 1)
      assert.strictEqual((yield* scrape(port)).value("http_test_total", { what: odd }), 4)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect.each(["/", "/metrics/", "/health/x", "//health"])(
    "given the path %s, then 404, whatever the method",
    (path) =>
      Effect.gen(function* () {
        const { port } = yield* serveHttp(anyPort, { state: "ready" })
        assert.strictEqual((yield* get(port, path)).status, 404)
        assert.strictEqual((yield* get(port, path, "POST")).status, 404)
      })
  )

  it.effect.each(["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])(
    "given the method %s, then 405 and what is allowed",
    (method) =>
      Effect.gen(function* () {
        const { port } = yield* serveHttp(anyPort, { state: "ready" })
        for (const path of ["/health", "/ready", "/metrics"]) {
          const { headers, status } = yield* get(port, path, method)
          assert.deepStrictEqual([status, headers.get("allow")], [405, "GET"])
        }
      })
  )

  it.effect("given a query, then the path alone counts", () =>
    Effect.gen(function* () {
      const { port } = yield* serveHttp(anyPort, { state: "ready" })
      assert.strictEqual((yield* get(port, "/health?verbose=1")).status, 200)
    })
  )

  it.effect("given a body without end, then it is answered, not read, and the connection ends", () =>
    Effect.gen(function* () {
      const { port } = yield* serveHttp(anyPort, { state: "ready" })
      const heard = yield* conversation(
        port,
        "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nabc"
      )
      assert.match(heard, /^HTTP\/1\.1 200 /)
      assert.match(heard, /\r\nconnection: close\r\n/i)
      assert.lengthOf(heard.split("HTTP/1.1 "), 2, "at once, with the one answer")
    })
  )

  it.effect("given more headers than anybody needs, then 431", () =>
    Effect.gen(function* () {
      const { port } = yield* serveHttp(anyPort, { state: "ready" })
      const heard = yield* conversation(port, `GET /health HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(9_000)}\r\n\r\n`)
      assert.match(heard, /^HTTP\/1\.1 431 /)
    })
  )

  it.effect("given what is no HTTP, then 400, and the next one is answered", () =>
    Effect.gen(function* () {
      const { port } = yield* serveHttp(anyPort, { state: "ready" })
      assert.match(yield* conversation(port, "nonsense\r\n\r\n"), /^HTTP\/1\.1 400 /)
      assert.strictEqual((yield* get(port, "/health")).status, 200)
    })
  )

  it.effect(
    "given connections that are kept alive or never say what they want, then they end with the scope, and the port is free again",
    () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { port } = yield* serveHttp(anyPort, { state: "ready" }).pipe(Scope.provide(scope))
        const asked = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        const connections = [
          yield* held(port, asked, true),
          yield* held(port, asked, true),
          yield* held(port, "GET /health HT", false)
        ]
        yield* Scope.close(scope, Exit.void)
        for (const { ended } of connections) yield* Effect.promise(() => ended)
        const again = yield* serveHttp({ host: "127.0.0.1", port }, { state: "ready" })
        assert.strictEqual(again.port, port)
      })
  )

  it.effect("given a port that is taken, then the error says so and what to do", () =>
    Effect.gen(function* () {
      const { port } = yield* serveHttp(anyPort, { state: "ready" })
      const error = yield* Effect.flip(serveHttp({ host: "127.0.0.1", port }, { state: "ready" }))
      assert.strictEqual(error.reason, "port-taken")
      assert.include(error.message, `127.0.0.1:${port}`)
      assert.include(error.message, "give another port")
      assert.strictEqual((yield* get(port, "/health")).status, 200, "the first goes on")
    })
  )

  it.effect.each([
    ["203.0.113.7", 0, "no-such-host"],
    ["127.0.0.1", 70_000, "bad-port"],
    ["127.0.0.1", 1.5, "bad-port"]
  ] as const)("given the address %s:%d, then %s", ([host, port, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(serveHttp({ host, port }, { state: "ready" }))
      assert.strictEqual(error.reason, reason)
    })
  )
})
