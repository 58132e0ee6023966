/**
 * The metrics of this process, sent to an OpenTelemetry collector: OTLP over HTTP, as JSON, every ten seconds and once
 * more at the end.
 *
 * A collector that does not answer never holds up the work: what it missed is in the sums of the next export. That it
 * does not answer is said once, and so is its return.
 */
import { hostname } from "node:os"
import { Config, type Duration, Effect, Layer, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientError } from "effect/http"
import { OtlpMetrics, OtlpSerialization } from "effect/observability"

/** No metrics can be sent to what was given; the address is not repeated, as it may hold a secret. */
export class OtlpUnusable extends Schema.TaggedError<OtlpUnusable>()("OtlpUnusable", {
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot send metrics over OTLP: ${this.detail}. Give the collector's base address, such as http://localhost:4318`
  }
}

/** Where metrics go below a collector's base address. */
const metricsUrl = (base: string): Effect.Effect<URL, OtlpUnusable> => {
  const refuse = (detail: string) => Effect.fail(new OtlpUnusable({ detail }))
  if (!URL.canParse(base)) return refuse("the address is no URL")
  const url = new URL(base)
  if (!/^https?:$/.test(url.protocol)) return refuse("the address begins with neither http:// nor https://")
  if (url.username !== "" || url.password !== "") return refuse("the address holds a name or a password")
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/metrics`
  return Effect.succeed(url)
}

/** Longest wait for an answer: without one, a collector that hangs would end all exports. */
const patience: Duration.Input = "10 seconds"

/** A client that tells when the collector stops answering and when it answers again. */
const telling = (origin: string) => {
  let isSilent = false
  const silent = (why: string) =>
    Effect.suspend(() => {
      if (isSilent) return Effect.void
      isSilent = true
      return Effect.logWarning(`no metrics reach the collector at ${origin}: ${why}. They are tried again`)
    })
  const answered = Effect.suspend(() => {
    if (!isSilent) return Effect.void
    isSilent = false
    return Effect.logInfo(`metrics reach the collector at ${origin} again`)
  })
  return HttpClient.transform<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
    (response, request) =>
      response.pipe(
        Effect.timeoutOrElse({
          duration: patience,
          orElse: () =>
            Effect.fail(
              new HttpClientError.HttpClientError({
                reason: new HttpClientError.TransportError({ request, description: "no answer in time" })
              })
            )
        }),
        Effect.tap(({ status }) => (status < 300 ? answered : silent(`it answers with status ${status}`))),
        Effect.tapError(() => silent("it cannot be reached"))
      )
  )
}

/** Sends this process's metrics to the collector at this base address (`/v1/metrics` is added) until the scope closes. */
export const layerOtlp = (
  base: string,
  exportInterval: Duration.Input = "10 seconds"
): Layer.Layer<never, OtlpUnusable | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const url = yield* metricsUrl(base)
      const serviceName = yield* Config.String("OTEL_SERVICE_NAME").pipe(Config.withDefault("onefold"))
      // Sums of several workers must not be taken for one.
      const attributes = { "service.instance.id": `${hostname()}/${process.pid}` }
      const client = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, telling(url.origin)))
      return Layer.effectDiscard(Effect.void).pipe(
        Layer.provide(OtlpMetrics.layer({ url: url.href, exportInterval, resource: { serviceName, attributes } })),
        Layer.provide(OtlpSerialization.layerJson),
        Layer.provide(client.pipe(Layer.provide(FetchHttpClient.layer)))
      )
    })
  )
