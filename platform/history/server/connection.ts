/**
 * A connection to a ClickHouse server that behaves as one to the embedded engine: what SET and USE say holds for the
 * statements after them. The server remembers nothing between requests, so each carries it along.
 */
import type { Connection } from "../chdb.ts"
import type { ServerClient, ServerRequest } from "./client.ts"
import { statements } from "./statements.ts"
import type { WaitingClient } from "./waiting-client.ts"

/** Both ways to ask one server. */
export interface ServerClients {
  readonly waiting: WaitingClient
  readonly client: ServerClient
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8")

const use = /^USE\s+(\w+)$/i
const set = /^SET\s+(.+)$/is
const assignment = /(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|[^,\s]+)/g

/** @param database the database that statements begin in */
export const connectServer = ({ client, waiting }: ServerClients, database: string): Connection => {
  let current = database
  let settings: Readonly<Record<string, string>> = {}

  const request = (sql: string, format: string): ServerRequest => ({ sql, format, database: current, settings })

  const runOne = (sql: string, format: string): string => {
    const name = use.exec(sql)?.[1]
    const assigned = set.exec(sql)?.[1]
    if (name !== undefined) current = name
    else if (assigned === undefined) return textOf(waiting.ask(request(sql, format)))
    else
      for (const [, setting, value] of assigned.matchAll(assignment))
        settings = { ...settings, [setting]: value.replace(/^'|'$/g, "") }
    return ""
  }

  return {
    run: (sql, format = "TabSeparatedRaw") => statements(sql).reduce((_, statement) => runOne(statement, format), ""),
    start: async (sql, format, parameters = {}) => {
      const output = await client.ask({ ...request(sql, format), parameters })
      return { bytes: () => output, text: () => textOf(output) }
    },
    close: () => {}
  }
}
