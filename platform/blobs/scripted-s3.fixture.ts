/**
 * A server that says what a test wants it to, one answer a request: for what the real one is too healthy to say.
 */
import { createServer } from "node:http"
import { setTimeout as pause } from "node:timers/promises"

const slowMillis = 200

export interface Answer {
  readonly status: number
  /** The code of S3's error, sent as its XML where the request may have a body. */
  readonly code?: string
  readonly message?: string
  /** Sent as it is, under a length that may not be its own. */
  readonly body?: string
  readonly length?: number
  /** Comes a moment later, so that others have time to ask meanwhile. */
  readonly isSlow?: boolean
}

export interface ScriptedS3 {
  readonly endpoint: string
  /** What was asked for, as "METHOD path". */
  readonly asked: ReadonlyArray<string>
  /** How many requests were in hand at one time, at most. */
  readonly mostAtOnce: () => number
  readonly stop: () => Promise<void>
}

/** @param answers for the requests in their order; the last one again for all that follow */
export const scriptedS3 = (answers: ReadonlyArray<Answer>): Promise<ScriptedS3> => {
  const asked: Array<string> = []
  let inHand = 0
  let most = 0
  const server = createServer(async (request, response) => {
    const {
      body,
      code = "",
      isSlow,
      length,
      message = "",
      status
    } = answers[Math.min(asked.length, answers.length - 1)]
    asked.push(`${request.method} ${new URL(request.url ?? "/", "http://s3").pathname}`)
    most = Math.max(most, ++inHand)
    if (isSlow === true) await pause(slowMillis)
    inHand--
    const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
    const text = body ?? (code === "" ? "" : xml)
    request.resume()
    response.writeHead(status, { "Content-Length": length ?? Buffer.byteLength(text), Connection: "close" })
    response.end(request.method === "HEAD" ? undefined : text)
    // Shorter than announced: the answer breaks off.
    if (length !== undefined) response.once("finish", () => request.socket.destroy())
  })
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const stop = () =>
        new Promise<void>((done) => {
          server.close(() => done())
          server.closeAllConnections()
        })
      resolve({ endpoint: `http://127.0.0.1:${port}`, asked, mostAtOnce: () => most, stop })
    })
  })
}
