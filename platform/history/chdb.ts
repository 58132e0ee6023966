/**
 * The only door to chDB, the ClickHouse engine inside this process.
 *
 * Its library keeps threads of its own, so it must never be unloaded: a worker thread that used it and ends takes the
 * process with it, unless the main thread has loaded the library too. Whoever starts such a worker imports this file.
 */
import { drainPending, Session } from "chdb"

/** What a statement puts out. */
export interface Output {
  readonly text: () => string
  readonly bytes: () => Uint8Array
}

/** What a statement's placeholders `{name:Type}` stand for. */
export type Parameters = Readonly<Record<string, unknown>>

/** One connection. All connections of a process are to one folder; each has settings of its own. */
export interface Connection {
  /** Runs statements in this thread and returns the last one's output. Throws what ClickHouse says. */
  readonly run: (sql: string, format?: string) => string
  /** Runs a statement in another thread, with values for its placeholders. Fails with what ClickHouse says. */
  readonly start: (sql: string, format: string, parameters?: Parameters) => Promise<Output>
  readonly close: () => void
}

/** Opens a folder, or connects again to the one that is open. Throws if another process has it. */
export const connect = (folder: string): Connection => {
  const session = new Session(folder)
  return {
    run: (sql, format = "TabSeparatedRaw") => session.query(sql, format),
    start: (sql, format, parameters = {}) =>
      Object.keys(parameters).length === 0
        ? session.queryAsync(sql, { format })
        : session.queryBindAsync(sql, parameters, { format }),
    close: () => session.close()
  }
}

/** Resolves once the connections that were closed are really gone. */
export const settled = (): Promise<void> => drainPending()

/** A literal that means exactly these characters, whatever they are. */
export const literal = (text: string): string => `unhex('${Buffer.from(text).toString("hex")}')`
