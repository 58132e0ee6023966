/**
 * The only door to `@clickhouse/client`: one request to a ClickHouse server over HTTP, and its answer.
 *
 * Blocks go as they are, in the Native format. The client knows no inserts of that format, so they are sent with `exec`,
 * which takes any statement and any bytes.
 */
import { Readable } from "node:stream"
import { setTimeout as pause } from "node:timers/promises"
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from "@clickhouse/client"
import { HistoryError, historyError } from "../history-error.ts"
import type { ServerAddress } from "./address.ts"

export interface ServerRequest {
  /** One statement. */
  readonly sql: string
  /** Format of what it puts out. */
  readonly format: string
  readonly database: string
  readonly settings: Readonly<Record<string, string>>
  /** What the statement's placeholders stand for. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** What an INSERT takes, in the format that it names. */
  readonly bytes?: Uint8Array
  /** A name under which the server takes the bytes once; so they may be sent again. */
  readonly token?: string
}

/** Sent so often before it is given up, where it may be sent again. */
const tries = 4
const firstPauseMillis = 200

/** Errors of a server that has too much to do just now. */
const passing = new Set(["202", "209", "210", "252"])

const settingsOf = ({ settings, token }: ServerRequest): Record<string, string> => ({
  ...settings,
  // A whole answer or an error: else an error that comes late would stand amid the rows.
  wait_end_of_query: "1",
  ...(token === undefined ? {} : { async_insert: "0", insert_deduplicate: "1", insert_deduplication_token: token })
})

const bodyOf = async (stream: Readable): Promise<Uint8Array> => {
  const parts: Array<Buffer> = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

export class ServerClient {
  readonly #address: ServerAddress
  readonly #clients = new Map<string, ClickHouseClient>()

  constructor(address: ServerAddress) {
    this.#address = address
  }

  /** What a statement puts out. Fails with HistoryError, unreachable, or with an Error that says what ClickHouse said. */
  async ask(request: ServerRequest): Promise<Uint8Array> {
    for (let n = 1; ; n++) {
      try {
        return await this.#send(request)
      } catch (cause) {
        const isPassing = !(cause instanceof ClickHouseError) || passing.has(cause.code)
        if (request.token === undefined || !isPassing || n === tries) throw this.#told(cause)
        await pause(firstPauseMillis * 2 ** (n - 1))
      }
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.close()
  }

  async #send(request: ServerRequest): Promise<Uint8Array> {
    const { bytes, database, format, parameters = {}, sql } = request
    const { stream } = await this.#client(database).exec({
      query: sql,
      query_params: parameters,
      clickhouse_settings: settingsOf(request),
      http_headers: { "X-ClickHouse-Format": format },
      ...(bytes === undefined ? {} : { values: Readable.from([Buffer.from(bytes)]) })
    })
    return bodyOf(stream)
  }

  #client(database: string): ClickHouseClient {
    const known = this.#clients.get(database)
    if (known !== undefined) return known
    const { password, requestMillis, url, user } = this.#address
    const client = createClient({
      ...{ url, username: user, password, database, request_timeout: requestMillis, application: "onefold" },
      compression: { request: true, response: true },
      log: { level: ClickHouseLogLevel.OFF }
    })
    this.#clients.set(database, client)
    return client
  }

  #told(cause: unknown): Error {
    if (cause instanceof HistoryError) return cause
    if (cause instanceof ClickHouseError) return new Error(`Code: ${cause.code}. DB::Exception: ${cause.message}`)
    const code = cause instanceof Error && "code" in cause ? `${cause.code}: ` : ""
    const detail = cause instanceof Error ? cause.message : String(cause)
    return historyError("unreachable", this.#address.url, `${code}${detail || "no answer"}`)
  }
}
