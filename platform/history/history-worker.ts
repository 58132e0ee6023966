/**
 * The thread that owns the history: chDB's calls take their time, so they are made here and not in the main thread.
 */
import { parentPort } from "node:worker_threads"
import { HistoryError, historyError, storageFault } from "./history-error.ts"
import type { HistoryAnswer, HistoryPlace, HistoryRequest, Numbered } from "./history-thread.ts"
import { Projector } from "./projector.ts"
import { type Reader, readerOf } from "./query.ts"
import { openServerStore } from "./server/store.ts"
import { openStore, type Store } from "./store.ts"

/**
 * How long rows may wait for company before they are inserted; questions never wait, they insert first. An insert into every
 * table costs about 0.2 s of a processor.
 */
const flushMillis = 15_000

interface Open {
  readonly store: Store
  readonly projector: Projector
  readonly reader: Reader
  readonly timer: NodeJS.Timeout
}

let open: Open | undefined

const opened = (): Open => {
  if (open === undefined) throw historyError("unavailable", "the history's thread", "nothing is open")
  return open
}

/** A flush nobody asked for: a failure is kept by the projector and told to whoever asks next. */
const flushQuietly = (projector: Projector): void => {
  try {
    projector.flush()
  } catch (cause) {
    if (!(cause instanceof HistoryError)) throw cause
  }
}

const start = (place: HistoryPlace): void => {
  const store = "server" in place ? openServerStore(place.server) : openStore(place.folder)
  const projector = new Projector(store)
  const reader = readerOf(store.connect)
  open = { store, projector, reader, timer: setInterval(() => flushQuietly(projector), flushMillis) }
}

const stop = async ({ projector, reader, store, timer }: Open): Promise<void> => {
  open = undefined
  clearInterval(timer)
  await reader.close()
  try {
    projector.flush()
  } finally {
    await store.close()
  }
}

const answer = async (request: HistoryRequest): Promise<string | Uint8Array> => {
  switch (request.kind) {
    case "open":
      start(request.place)
      return ""
    case "begin":
      opened().projector.begin(request.run)
      return ""
    case "take":
      opened().projector.take(request.runId, request.records)
      return ""
    case "flush":
      opened().projector.flush()
      return ""
    case "missing":
      return opened().projector.missing(request.runId).join("; ")
    case "end":
      opened().projector.end(request.runId)
      return ""
    case "query":
      flushQuietly(opened().projector)
      return opened().reader.answer(request.question)
    case "close":
      if (open !== undefined) await stop(open)
      return ""
  }
}

const outcome = (request: HistoryRequest): Promise<HistoryAnswer> =>
  answer(request).then(
    (done): HistoryAnswer =>
      typeof done === "string" ? { kind: "done", text: done } : { kind: "answered", bytes: done },
    (cause): HistoryAnswer => {
      const { detail, place, reason } = storageFault("the history's thread", cause)
      return { kind: "failed", reason, place, detail }
    }
  )

parentPort?.on("message", async ({ body, id }: Numbered<HistoryRequest>) => {
  const reply: Numbered<HistoryAnswer> = { id, body: await outcome(body) }
  parentPort?.postMessage(reply)
})
