import { createServer, type Server } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Exit, Fiber, Layer, Logger, Metric, Queue, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { listen, stop } from "../http/small-server.ts"
import { layerMemory } from "../log/memory.ts"
import { eventually, isUpToDate } from "../stream/cut.fixture.ts"
import { runId } from "../stream/events.fixture.ts"
import { grade, rollouts } from "../stream/grade-stage.fixture.ts"
import { append, emptyLog } from "../stream/log.fixture.ts"
import { groupOf, type Serving, serveStage, topicsOf } from "../stream/serve.ts"
import { layerOtlp } from "./otlp.ts"

const Attributes = Schema.Array(
  Schema.Struct({ key: Schema.String, value: Schema.Struct({ stringValue: Schema.optional(Schema.String) }) })
)

/** As much of an export as these tests look at. */
const Export = Schema.fromJsonString(
  Schema.Struct({
    resourceMetrics: Schema.Array(
      Schema.Struct({
        resource: Schema.Struct({ attributes: Attributes }),
        scopeMetrics: Schema.Array(
          Schema.Struct({
            metrics: Schema.Array(
              Schema.Struct({
                name: Schema.String,
                unit: Schema.optional(Schema.String),
                sum: Schema.optional(
                  Schema.Struct({
                    isMonotonic: Schema.Boolean,
                    dataPoints: Schema.Array(Schema.Struct({ attributes: Attributes, asDouble: Schema.Number }))
                  })
                )
              })
            )
          })
        )
      })
    )
  })
)

interface Received {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly body: string
}

/** A collector that takes what it is sent and answers with these statuses in turn, the last for good; or never, without. */
const collector = (...statuses: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const received = yield* Queue.unbounded<Received>()
    let answered = 0
    const server: Server = createServer((request, response) => {
      let body = ""
      request.setEncoding("utf8")
      request.on("data", (part) => {
        body += part
      })
      request.on("end", () => {
        if (statuses.length > 0) {
          response.writeHead(statuses[Math.min(answered++, statuses.length - 1)], {
            "content-type": "application/json"
          })
          response.end("{}")
        }
        Queue.offerUnsafe(received, { method: request.method, url: request.url, body })
      })
    })
    const port = yield* Effect.acquireRelease(
      Effect.promise(() => listen(server, { host: "127.0.0.1", port: 0 })),
      () => stop(server)
    )
    return { received, url: `http://127.0.0.1:${port}` }
  })

const serving: Serving = { runId, from: [] }

/** A stage handles twelve rollouts over a log of its own. */
const work = Effect.gen(function* () {
  yield* emptyLog
  yield* append(rollouts)
  yield* Effect.raceFirst(
    serveStage(grade, serving),
    eventually(isUpToDate(groupOf(grade.name, serving), topicsOf(grade.consumes)))
  )
}).pipe(Effect.provide(layerMemory))

/** Gives a test what was logged so far. */
const listening = <A, E, R>(test: (said: ReadonlyArray<string>) => Effect.Effect<A, E, R>) => {
  const said: Array<string> = []
  const logger = Logger.make(({ message }) => {
    said.push(String(message))
  })
  return test(said).pipe(Effect.provide(Logger.layer([logger])))
}

/** Figures of its own, and an environment that says nothing but this. */
const alone = <A, E, R>(test: Effect.Effect<A, E, R>, environment: Readonly<Record<string, string>> = {}) =>
  test.pipe(
    Effect.provideService(Metric.MetricRegistry, new Map()),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: environment }))
  )

const read = (body: string) =>
  Effect.map(Schema.decodeEffect(Export)(body), ({ resourceMetrics }) => resourceMetrics[0])

const attribute = (attributes: typeof Attributes.Type, key: string) =>
  attributes.find((one) => one.key === key)?.value.stringValue

describe("metrics over OTLP", () => {
  it.live("given a collector, then a stage's figures reach it at /v1/metrics while the work goes on", () =>
    alone(
      Effect.gen(function* () {
        const { received, url } = yield* collector(200)
        yield* Layer.build(layerOtlp(url, "20 millis"))
        yield* work
        for (;;) {
          const { body, method, url: path } = yield* Queue.take(received)
          assert.deepStrictEqual([method, path], ["POST", "/v1/metrics"])
          const { resource, scopeMetrics } = yield* read(body)
          const metric = scopeMetrics[0].metrics.find(({ name }) => name === "onefold_stage_events_total")
          const point = metric?.sum?.dataPoints.find(({ attributes }) => attribute(attributes, "stage") === "grade")
          if (point?.asDouble !== rollouts.length) continue
          assert.isTrue(metric?.sum?.isMonotonic)
          assert.strictEqual(attribute(resource.attributes, "service.name"), "onefold")
          assert.include(attribute(resource.attributes, "service.instance.id"), `/${process.pid}`)
          const seconds = scopeMetrics[0].metrics.find(({ name }) => name === "onefold_stage_batch_seconds")
          assert.strictEqual(seconds?.unit, "s")
          return
        }
      })
    )
  )

  it.live("given an end before the first export, then the figures are sent at the end", () =>
    alone(
      Effect.gen(function* () {
        const { received, url } = yield* collector(200)
        const scope = yield* Scope.make()
        yield* Layer.buildWithScope(layerOtlp(`${url}/base/`, "1 hour"), scope)
        yield* work
        yield* Scope.close(scope, Exit.void)
        const [{ body, url: path }, ...more] = yield* Queue.takeAll(received)
        assert.lengthOf(more, 0)
        assert.strictEqual(path, "/base/v1/metrics")
        const { resource, scopeMetrics } = yield* read(body)
        assert.include(
          scopeMetrics[0].metrics.map(({ name }) => name),
          "onefold_stage_events_total"
        )
        assert.strictEqual(attribute(resource.attributes, "service.name"), "verify-worker")
      }),
      { OTEL_SERVICE_NAME: "verify-worker" }
    )
  )

  it.live(
    "given a collector that refuses, then the work goes on, and one warning says so without the address's secrets",
    () =>
      listening((said) =>
        Effect.gen(function* () {
          const { received, url } = yield* collector(404)
          yield* Layer.build(layerOtlp(`${url}/?key=geheim`, "10 millis"))
          yield* work
          yield* Queue.take(received)
          yield* eventually(Effect.sync(() => said.length > 0))
          assert.lengthOf(said, 1)
          assert.include(said[0], url)
          assert.include(said[0], "status 404")
          assert.notInclude(said[0], "geheim")
        }).pipe(alone)
      )
  )

  it.live("given a collector that is overloaded for a while, then its silence and its return are told, once each", () =>
    listening((said) =>
      Effect.gen(function* () {
        const { received, url } = yield* collector(503, 503, 200)
        yield* Layer.build(layerOtlp(url, "10 millis"))
        yield* Effect.forEach([1, 2, 3, 4, 5], () => Queue.take(received))
        yield* eventually(Effect.sync(() => said.length > 1))
        assert.lengthOf(said, 2)
        assert.include(said[0], "status 503")
        assert.match(said[1], /^metrics reach the collector .* again$/)
      }).pipe(alone)
    )
  )

  it.effect("given a collector that never answers, then that is told, and the end does not wait for it", () =>
    listening((said) =>
      Effect.gen(function* () {
        const { received, url } = yield* collector()
        const scope = yield* Scope.make()
        yield* Layer.buildWithScope(layerOtlp(url, "1 second"), scope)
        yield* TestClock.adjust("1 second")
        yield* Queue.take(received)
        yield* TestClock.adjust("10 seconds")
        assert.lengthOf(said, 1)
        assert.include(said[0], "cannot be reached")
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
        yield* TestClock.adjust("3 seconds")
        yield* Fiber.join(closing)
      }).pipe(alone)
    )
  )

  it.effect.each([
    ["collector:4318", "neither http:// nor https://"],
    ["4318", "no URL"],
    ["ftp://collector/", "neither http:// nor https://"],
    ["https://name:geheim@collector/", "a name or a password"]
  ] as const)("given the address %s, then it is refused: %s", ([base, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(layerOtlp(base)))
      assert.strictEqual(error._tag, "OtlpUnusable")
      assert.include(error.message, detail)
      assert.include(error.message, "http://localhost:4318")
      assert.notInclude(error.message, "geheim")
    })
  )
})
