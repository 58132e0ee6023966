/**
 * A small HTTP front of chDB, in a process of its own: as much of ClickHouse's HTTP interface as a client meets. It stands
 * in for a server in tests of the client's wire path; it is no server.
 *
 *   chdb-front.child.ts FOLDER USER PASSWORD    says its port on standard output
 *
 * A statement comes in the URL or the body, bodies may be gzip, settings and `database` come in the URL, the format in
 * X-ClickHouse-Format; errors go back as ClickHouse says them, with X-ClickHouse-Exception-Code. `POST /fault` with a JSON
 * list names what happens to the next inserts, one after the other: "lose-answer" does it and drops the connection,
 * "late-answer" does it and never answers, "refuse" does not do it and drops the connection, "busy" says error 202.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { Schema } from "effect"
import { connect, literal } from "../chdb.ts"

const [, , folder = "", user = "", password = ""] = process.argv
const files = join(folder, "files")
mkdirSync(files, { recursive: true })
/** Keeps the folder open between requests. */
const keeper = connect(join(folder, "tables"))

const Faults = Schema.fromJsonString(Schema.Array(Schema.Literals(["lose-answer", "late-answer", "refuse", "busy"])))
let faults: typeof Faults.Type = []
let inserts = 0

/** What a URL holds beside settings. */
const notSettings = new Set(["query", "database", "query_id", "enable_http_compression", "wait_end_of_query"])

interface Asked {
  readonly sql: string
  readonly data: Buffer
  readonly format: string
  readonly database: string
  readonly settings: ReadonlyArray<readonly [string, string]>
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Array<Buffer> = []
  for await (const part of request) parts.push(Buffer.from(part))
  const body = Buffer.concat(parts)
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body
}

const askedOf = (url: URL, body: Buffer, format: string): Asked => {
  const inUrl = url.searchParams.get("query")
  return {
    sql: inUrl ?? body.toString("utf8"),
    data: inUrl === null ? Buffer.alloc(0) : body,
    format,
    database: url.searchParams.get("database") ?? "default",
    // The one that forbids changing settings comes last, as the server weighs them all before it takes any.
    settings: [...url.searchParams]
      .filter(([name]) => !notSettings.has(name))
      .sort(([a], [b]) => Number(a === "readonly") - Number(b === "readonly"))
  }
}

const insertPattern = /^INSERT INTO (\w+) \(([^)]*)\) FORMAT (\w+)$/

/** The statement as chDB takes it: it reads what an INSERT takes from a file. */
const embedded = ({ data, sql }: Asked): string => {
  const [, table, columns, format] = insertPattern.exec(sql) ?? []
  if (table === undefined) return sql
  const file = join(files, `insert-${inserts++}`)
  writeFileSync(file, data)
  return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM file(${literal(file)}, '${format}')`
}

const run = async (asked: Asked): Promise<Uint8Array> => {
  const connection = connect(join(folder, "tables"))
  try {
    connection.run(`USE ${asked.database}`)
    for (const [name, value] of asked.settings) connection.run(`SET ${name} = '${value.replace(/[\\']/g, "\\$&")}'`)
    return (await connection.start(embedded(asked), asked.format)).bytes()
  } finally {
    connection.close()
  }
}

const isKnown = ({ headers }: IncomingMessage): boolean =>
  headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`

const fail = (response: ServerResponse, message: string): void => {
  const code = /Code: (\d+)/.exec(message)?.[1] ?? "1001"
  response.writeHead(code === "516" ? 403 : 500, { "X-ClickHouse-Exception-Code": code, "Content-Type": "text/plain" })
  response.end(message)
}

const succeed = (response: ServerResponse, asked: Asked, output: Uint8Array, gzip: boolean): void => {
  response.writeHead(200, {
    "X-ClickHouse-Summary": JSON.stringify({ written_rows: "0" }),
    "X-ClickHouse-Format": asked.format,
    ...(gzip ? { "Content-Encoding": "gzip" } : {})
  })
  response.end(gzip ? gzipSync(output) : output)
}

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://front")
  if (url.pathname === "/ping") {
    response.end("Ok.\n")
    return
  }
  const body = await bodyOf(request)
  if (url.pathname === "/fault") {
    faults = Schema.decodeSync(Faults)(body.toString("utf8"))
    response.end()
    return
  }
  if (!isKnown(request))
    return fail(
      response,
      "Code: 516. DB::Exception: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)"
    )
  const asked = askedOf(url, body, String(request.headers["x-clickhouse-format"] ?? "TabSeparated"))
  const fault = insertPattern.test(asked.sql) ? faults[0] : undefined
  if (fault !== undefined) faults = faults.slice(1)
  if (fault === "refuse") return void request.socket.destroy()
  if (fault === "busy")
    return fail(response, "Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)")
  try {
    const output = await run(asked)
    if (fault === "lose-answer") request.socket.destroy()
    else if (fault !== "late-answer")
      succeed(response, asked, output, url.searchParams.get("enable_http_compression") === "1")
  } catch (cause) {
    fail(response, cause instanceof Error ? cause.message : String(cause))
  }
}

const server = createServer((request, response) => {
  serve(request, response).catch((cause) => fail(response, String(cause)))
})
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`)
})
// Whoever started this has gone: so does this.
process.stdin.resume().on("end", () => {
  keeper.close()
  rmSync(folder, { recursive: true, force: true })
  process.exit()
})
