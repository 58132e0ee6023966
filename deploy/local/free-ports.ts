/**
 * Ports on this machine that nobody listens on.
 */
import { createServer } from "node:net"

/** The asked-for ports, where 0 asks for any; held at once, so that they differ. Rejects when one is taken. */
export async function freePorts(asked: ReadonlyArray<number>): Promise<ReadonlyArray<number>> {
  const held = await Promise.all(asked.map(hold))
  await Promise.all(held.map(({ release }) => release()))
  return held.map(({ port }) => port)
}

function hold(port: number): Promise<{ readonly port: number; readonly release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      const taken = typeof address === "object" && address !== null ? address.port : port
      resolve({ port: taken, release: () => new Promise((done) => server.close(() => done())) })
    })
  })
}
