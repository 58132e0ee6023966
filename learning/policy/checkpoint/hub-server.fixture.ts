/**
 * For the tests: a server on this machine that answers as the Hugging Face hub does, and fails where it is told to.
 */
import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { Effect } from "effect"

export const commit = "0123456789abcdef0123456789abcdef01234567"
export const repo = "owner/tiny-model"
export const dataRepo = "owner/tiny-data"

export interface Asked {
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
}

export interface HubServer {
  readonly endpoint: string
  readonly asked: ReadonlyArray<Asked>
  /** Files by name; large ones are in LFS, as .safetensors are. */
  readonly files: Map<string, Buffer>
  /** Bytes after which the connection is cut, for the next times that a file is sent. */
  readonly cuts: Map<string, Array<number>>
  /** Hashes that are announced instead of the true ones. */
  readonly hashes: Map<string, string>
  /** The only token that is let in; null lets everyone in. */
  token: string | null
  /** Whether ranges are ignored. */
  ignoresRanges: boolean
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")
const gitHash = (bytes: Buffer): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex")

const json = (response: ServerResponse, content: unknown): void => {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(content))
}

const listed = ({ files, hashes }: HubServer) =>
  [...files].map(([path, bytes]) => {
    const isLarge = path.endsWith(".safetensors")
    const lfs = { oid: hashes.get(path) ?? sha256(bytes), size: bytes.length, pointerSize: 130 }
    const oid = isLarge ? gitHash(Buffer.from(`pointer of ${path}`)) : (hashes.get(path) ?? gitHash(bytes))
    return { type: "file", path, size: bytes.length, oid, ...(isLarge ? { lfs } : {}) }
  })

const send = (server: HubServer, request: IncomingMessage, response: ServerResponse, name: string): void => {
  const bytes = server.files.get(name)
  if (bytes === undefined) {
    response.writeHead(404, { "X-Error-Code": "EntryNotFound" }).end("Entry not found")
    return
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? []
  const isPart = first !== undefined && (!server.ignoresRanges || last === "0")
  const begin = isPart ? Number(first) : 0
  const end = isPart && last !== "" ? Math.min(Number(last) + 1, bytes.length) : bytes.length
  const isProbe = last === "0"
  response.writeHead(isPart ? 206 : 200, {
    ETag: `"${sha256(bytes)}"`,
    "Content-Length": end - begin,
    ...(isPart ? { "Content-Range": `bytes ${begin}-${end - 1}/${bytes.length}` } : {})
  })
  const cut = isProbe ? undefined : server.cuts.get(name)?.shift()
  if (cut === undefined) response.end(bytes.subarray(begin, end))
  else response.write(bytes.subarray(begin, Math.min(begin + cut, end)), () => setTimeout(() => response.destroy(), 20))
}

const answer = (
  server: HubServer & { readonly asked: Array<Asked> },
  request: IncomingMessage,
  response: ServerResponse
) => {
  const url = new URL(request.url ?? "/", server.endpoint)
  const path = decodeURIComponent(url.pathname)
  server.asked.push({ path, range: request.headers.range, authorization: request.headers.authorization })
  if (server.token !== null && request.headers.authorization !== `Bearer ${server.token}`) {
    response
      .writeHead(401, { "Content-Type": "application/json" })
      .end(JSON.stringify({ error: "Access is restricted" }))
  } else if (path === `/api/models/${repo}/revision/main` || path === `/api/models/${repo}/revision/v1.0`) {
    json(response, { _id: "1", id: repo, private: false, sha: commit, lastModified: "2025-01-01T00:00:00.000Z" })
  } else if (path === `/api/datasets/${dataRepo}/revision/main`) {
    json(response, { _id: "2", id: dataRepo, private: false, sha: commit, lastModified: "2025-01-01T00:00:00.000Z" })
  } else if (path === `/api/models/${repo}/tree/${commit}` || path === `/api/datasets/${dataRepo}/tree/${commit}`)
    json(response, listed(server))
  else if (path.startsWith(`/datasets/${dataRepo}/resolve/${commit}/`))
    send(server, request, response, path.slice(`/datasets/${dataRepo}/resolve/${commit}/`.length))
  else if (path.startsWith(`/${repo}/resolve/${commit}/`))
    send(server, request, response, path.slice(`/${repo}/resolve/${commit}/`.length))
  else response.writeHead(404, { "Content-Type": "application/json" }).end(JSON.stringify({ error: "Not found" }))
}

/** A hub with one model of these files. */
export const hubServer = (files: ReadonlyMap<string, Uint8Array>) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly hub: HubServer; readonly close: () => void }>((resume) => {
      const hub = {
        endpoint: "",
        asked: [] as Asked[],
        files: new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes)])),
        cuts: new Map<string, Array<number>>(),
        hashes: new Map<string, string>(),
        token: null as string | null,
        ignoresRanges: false
      }
      const server = createServer((request, response) => answer(hub, request, response))
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        hub.endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`
        const close = () => {
          server.closeAllConnections()
          server.close()
        }
        resume(Effect.succeed({ hub, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )
