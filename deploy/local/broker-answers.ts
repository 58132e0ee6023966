/**
 * Whether a Kafka broker answers: the smallest question of its protocol, ApiVersions v0, on a socket of its own. An open
 * port says less, since it opens before the broker serves.
 */
import { connect } from "node:net"
import { connect as connectSecurely } from "node:tls"

const API_VERSIONS = 18
const PATIENCE_MS = 2000

/**
 * Never rejects: silence, a refusal and a closed connection are all `false`.
 *
 * @param ca the authority of a port that speaks TLS; the question is answered before anybody logs in
 */
export function brokerAnswers(port: number, ca?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const where = { port, host: "127.0.0.1" }
    const socket = ca === undefined ? connect(where) : connectSecurely({ ...where, ca })
    const answer = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(PATIENCE_MS)
    socket.once(ca === undefined ? "connect" : "secureConnect", () => socket.write(question()))
    socket.once("data", () => answer(true))
    socket.once("timeout", () => answer(false))
    socket.once("error", () => answer(false))
    socket.once("close", () => answer(false))
  })
}

/** Length, API key, API version, correlation id, no client id. */
function question(): Buffer {
  const bytes = Buffer.alloc(14)
  bytes.writeInt32BE(10, 0)
  bytes.writeInt16BE(API_VERSIONS, 4)
  bytes.writeInt16BE(0, 6)
  bytes.writeInt32BE(1, 8)
  bytes.writeInt16BE(-1, 12)
  return bytes
}
