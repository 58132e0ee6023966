/**
 * The history of a live run, asked from outside: chDB lets one process open a folder, so the process that owns it
 * answers for it over HTTP on loopback. Where and with which token stands in `live.json`, which only this user may read.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { join } from "node:path"
import { Effect, Option, Result, Schema, type Scope } from "effect"
import { listen, reply, stop } from "../http/small-server.ts"
import { historyFolder, isHistory } from "./folder.ts"
import { History } from "./history.ts"
import { HistoryError, historyError, storageFault } from "./history-error.ts"
import { HistoryQuestion, type QueryFormat } from "./query-format.ts"
import { configuredServer } from "./server/configured.ts"

const Live = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, port: Schema.Int, token: Schema.String }))

const Question = Schema.fromJsonString(HistoryQuestion)

const Refusal = Schema.fromJsonString(HistoryError)

const liveFile = (dataDir: string): string => join(dataDir, "live.json")

/** Largest question, in bytes. */
const largest = 1024 * 1024

const body = async (request: IncomingMessage): Promise<string | undefined> => {
  const parts: Array<Buffer> = []
  let length = 0
  for await (const part of request) {
    const bytes = Buffer.from(part)
    length += bytes.length
    if (length > largest) return undefined
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString("utf8")
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Why a request is not answered: a status and a word. A browser's page cannot pass: it sends Origin, or another Host. */
const barred = (
  { headers, method, url }: IncomingMessage,
  port: number,
  token: string
): readonly [number, string] | undefined => {
  if (headers.host !== `127.0.0.1:${port}` && headers.host !== `localhost:${port}`) return [421, "unknown host"]
  if (headers.origin !== undefined) return [403, "not for web pages"]
  if (!timingSafeEqual(digest(headers.authorization ?? ""), digest(`Bearer ${token}`))) return [401, "wrong token"]
  if (url !== "/sql") return [404, "unknown path"]
  if (method !== "POST") return [405, "POST only"]
  return undefined
}

type Ask = (question: HistoryQuestion) => Promise<Result.Result<Uint8Array, HistoryError>>

const serve = async (request: IncomingMessage, response: ServerResponse, port: number, token: string, ask: Ask) => {
  const bar = barred(request, port, token)
  if (bar !== undefined) return reply(response, ...bar)
  const text = await body(request)
  if (text === undefined) return reply(response, 413, "question too long")
  const question = Schema.decodeOption(Question)(text)
  if (Option.isNone(question)) return reply(response, 400, "not a question")
  const answer = await ask(question.value)
  return Result.isSuccess(answer)
    ? reply(response, 200, answer.success)
    : reply(response, 422, Schema.encodeSync(Refusal)(answer.failure))
}

const announce = (dataDir: string, live: typeof Live.Type): void => {
  const draft = `${liveFile(dataDir)}.${live.pid}`
  writeFileSync(draft, Schema.encodeSync(Live)(live), { mode: 0o600 })
  renameSync(draft, liveFile(dataDir))
}

/** Answers questions about this process's history until the scope closes. Fails with HistoryError: not-writable, full, unavailable. */
export const serveLive = Effect.fn("History.serveLive")(function* (
  dataDir: string
): Effect.fn.Return<void, HistoryError, History | Scope.Scope> {
  const history = yield* History
  const token = randomBytes(32).toString("hex")
  const ask: Ask = (question) => Effect.runPromise(Effect.result(history.answer(question)))
  yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        let port = 0
        const server = createServer((request, response) => {
          serve(request, response, port, token, ask).catch(() => response.destroy())
        })
        port = await listen(server, { host: "127.0.0.1", port: 0 })
        announce(dataDir, { pid: process.pid, port, token })
        return server
      },
      catch: (cause) => storageFault(dataDir, cause)
    }),
    (server) =>
      Effect.suspend(() => {
        rmSync(liveFile(dataDir), { force: true })
        return stop(server)
      })
  )
})

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM"
  }
}

const readLive = (dataDir: string): typeof Live.Type | undefined => {
  try {
    const live = Schema.decodeOption(Live)(readFileSync(liveFile(dataDir), "utf8"))
    return Option.isSome(live) && isAlive(live.value.pid) ? live.value : undefined
  } catch {
    return undefined
  }
}

/** Asks the process that owns a data folder; undefined where none does, or nobody answers there. */
export const askOwner = Effect.fn("History.askOwner")(function* (dataDir: string, question: HistoryQuestion) {
  const live = readLive(dataDir)
  if (live === undefined) return undefined
  const response = yield* Effect.option(
    Effect.tryPromise(async (signal) => {
      const answer = await fetch(`http://127.0.0.1:${live.port}/sql`, {
        method: "POST",
        headers: { authorization: `Bearer ${live.token}` },
        body: Schema.encodeSync(Question)(question),
        signal
      })
      return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) }
    })
  )
  if (Option.isNone(response)) return undefined
  const { bytes, status } = response.value
  if (status === 200) return bytes
  const refusal = Schema.decodeOption(Refusal)(new TextDecoder().decode(bytes))
  return status === 422 && Option.isSome(refusal) ? yield* refusal.value : undefined
})

/**
 * Asks the history of a data folder: the server that the environment names, if it names one; else the process that owns
 * the folder while one does, else the folder itself. Bytes of text are UTF-8.
 * Fails with HistoryError: missing, locked, refused, bad-sql, too-much, unreachable, not-admitted.
 */
export const answerSomehow = Effect.fn("History.answerSomehow")(function* (dataDir: string, question: HistoryQuestion) {
  const server = yield* configuredServer
  if (server !== null)
    return yield* Effect.flatMap(History, (history) => history.answer(question)).pipe(
      Effect.provide(History.layerServer(server))
    )
  const answer = yield* askOwner(dataDir, question)
  if (answer !== undefined) return answer
  const folder = historyFolder(dataDir)
  if (!isHistory(folder)) return yield* historyError("missing", folder, "there is no history")
  return yield* Effect.flatMap(History, (history) => history.answer(question)).pipe(
    Effect.provide(History.layer(folder))
  )
})

/** As answerSomehow, of one statement, as text. */
export const querySomehow = (dataDir: string, sql: string, format: QueryFormat) =>
  Effect.map(answerSomehow(dataDir, { sql, format }), (bytes) => new TextDecoder().decode(bytes))
