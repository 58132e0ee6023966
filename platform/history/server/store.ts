/**
 * The history's tables on a ClickHouse server: the same blocks, migrations and questions as in a folder.
 *
 * An insert whose answer got lost is sent again under the same deduplication token, and the server takes it once. A
 * projection begins where the tables end, here as there.
 */
import { type Block, deduplicationToken, nativeBytes } from "../block.ts"
import { HistoryError, storageFault } from "../history-error.ts"
import { migrate } from "../migrate.ts"
import { type Store, tablesOf } from "../store.ts"
import type { ServerAddress } from "./address.ts"
import { ServerClient } from "./client.ts"
import { connectServer, type ServerClients } from "./connection.ts"
import { WaitingClient } from "./waiting-client.ts"

const insertInto = ({ waiting }: ServerClients, { url }: ServerAddress, block: Block): void => {
  const names = Object.keys(block.columns).join(", ")
  try {
    waiting.ask({
      sql: `INSERT INTO ${block.table} (${names}) FORMAT Native`,
      format: "Null",
      database: "onefold",
      settings: {},
      bytes: Buffer.concat(nativeBytes(block)),
      token: deduplicationToken(block)
    })
  } catch (cause) {
    throw cause instanceof HistoryError ? cause : storageFault(`${url}, table ${block.table}`, cause)
  }
}

/** Connects to a server and brings its tables up to date. Throws a HistoryError. */
export const openServerStore = (address: ServerAddress): Store => {
  const clients: ServerClients = { waiting: new WaitingClient(address), client: new ServerClient(address) }
  const close = async (): Promise<void> => {
    await clients.waiting.close()
    await clients.client.close()
  }
  const writer = connectServer(clients, "default")
  try {
    return {
      ...tablesOf(writer),
      migrated: migrate(writer, address.url),
      insert: (block) => insertInto(clients, address, block),
      connect: () => connectServer(clients, "onefold"),
      close
    }
  } catch (cause) {
    void close()
    throw storageFault(address.url, cause)
  }
}
