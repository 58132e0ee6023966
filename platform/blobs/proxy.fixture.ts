/**
 * A way to a server that tests can disturb: bytes go through as they are, unless the test changes them, or the way is closed.
 */
import { connect, createServer, type Server, type Socket } from "node:net"

export interface Way {
  readonly endpoint: string
  /** Changes what the client sends from now on. */
  readonly onTheWay: (change: (sent: Buffer) => Buffer) => void
  /** How many connections were made. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

const listening = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : port)
    })
  })

const way = async (port: number, meet: (client: Socket, changed: (sent: Buffer) => Buffer) => void): Promise<Way> => {
  const open = new Set<Socket>()
  let count = 0
  let change = (sent: Buffer): Buffer => sent
  const server = createServer((client) => {
    count++
    open.add(client)
    client.on("error", () => client.destroy()).on("close", () => open.delete(client))
    meet(client, (sent) => change(sent))
  })
  const taken = await listening(server, port)
  return {
    endpoint: `http://127.0.0.1:${taken}`,
    onTheWay: (next) => {
      change = next
    },
    connections: () => count,
    close: () => {
      for (const client of open) client.destroy()
      return new Promise((done) => server.close(() => done()))
    }
  }
}

export const wayTo = (endpoint: string): Promise<Way> =>
  way(0, (client, changed) => {
    const server = connect(Number(new URL(endpoint).port), "127.0.0.1")
    server.on("error", () => client.destroy()).on("close", () => client.destroy())
    client.on("close", () => server.destroy())
    client.on("data", (sent) => server.write(changed(Buffer.from(sent))))
    server.on("data", (answer) => client.write(answer))
  })

/** Takes connections and never says anything. */
export const silence = (): Promise<Way> => way(0, () => undefined)
