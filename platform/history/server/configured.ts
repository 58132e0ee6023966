/**
 * The ClickHouse server that the environment names, if it names one: then histories are kept there, not in folders.
 *
 *   ONEFOLD_CLICKHOUSE            its address over HTTP, as http://localhost:8123
 *   ONEFOLD_CLICKHOUSE_USER       (default)
 *   ONEFOLD_CLICKHOUSE_PASSWORD   (none)
 */
import { Config, Effect, Option, Redacted } from "effect"
import { historyError } from "../history-error.ts"
import { defaultRequestMillis, type ServerAddress } from "./address.ts"

const name = "ONEFOLD_CLICKHOUSE"

const settings = Config.all({
  url: Config.option(Config.String(name)),
  user: Config.String(`${name}_USER`).pipe(Config.withDefault("default")),
  password: Config.Redacted(`${name}_PASSWORD`).pipe(Config.withDefault(Redacted.make("")))
})

const refused = (detail: string) => historyError("unreachable", name, detail)

/** Null where histories lie in folders. Fails with HistoryError, unreachable, which does not repeat the address. */
export const configuredServer = Effect.gen(function* () {
  const { password, url, user } = yield* Effect.mapError(settings, ({ message }) => refused(message))
  const text = Option.getOrElse(url, () => "")
  if (text === "") return null
  const parsed = URL.parse(text)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return yield* refused("it is no http or https address")
  if (parsed.username !== "" || parsed.password !== "")
    return yield* refused(`user and password do not belong there, but in ${name}_USER and ${name}_PASSWORD`)
  const server: ServerAddress = {
    url: parsed.href.replace(/\/$/, ""),
    user,
    password: Redacted.value(password),
    requestMillis: defaultRequestMillis
  }
  return server
})
