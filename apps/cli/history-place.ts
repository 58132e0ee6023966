/**
 * Where a data folder's history is, opened for work on it as a whole: on the server that the environment names, else in
 * the folder.
 */
import { Effect } from "effect"
import { storageFault } from "../../platform/history/history-error.ts"
import { configuredServer } from "../../platform/history/server/configured.ts"
import { openServerStore } from "../../platform/history/server/store.ts"
import { openStore } from "../../platform/history/store.ts"
import type { DataFolder } from "./data-folder.ts"

/** The history's store until the scope closes, with its name. Fails with HistoryError; locked where a live run has it. */
export const openHistory = Effect.fn("historyPlace.open")(function* ({ history }: DataFolder) {
  const server = yield* configuredServer
  const place = server === null ? history : server.url
  const store = yield* Effect.acquireRelease(
    Effect.try({
      try: () => (server === null ? openStore(history) : openServerStore(server)),
      catch: (cause) => storageFault(place, cause)
    }),
    (store) => Effect.promise(() => store.close())
  )
  return { store, place, isServer: server !== null }
})
