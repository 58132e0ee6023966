/**
 * What the small HTTP servers of this process do alike: listen, answer, and end at once.
 */
import type { Server, ServerResponse } from "node:http"
import { Effect } from "effect"

/** Where to listen; port 0 is any that is free. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Begins to listen and says on which port. */
export const listen = (server: Server, { host, port }: Address): Promise<number> =>
  new Promise((resolve, reject) => {
    // It stays for good: a connection that later cannot be accepted is lost, and the process goes on.
    server.on("error", reject)
    server.listen(port, host, () => {
      const address = server.address()
      if (address === null || typeof address === "string") reject(new Error("no port was given"))
      else resolve(address.port)
    })
  })

/** Ends a server with its connections, those that are kept alive too. */
export const stop = (server: Server): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/** Answers in full; a text is plain unless the headers say what it is. */
export const reply = (
  response: ServerResponse,
  status: number,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {}
): void => {
  response.writeHead(status, {
    "content-type": typeof content === "string" ? "text/plain; charset=utf-8" : "application/octet-stream",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers
  })
  response.end(content)
}
