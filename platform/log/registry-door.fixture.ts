/**
 * A door in front of a real schema registry: what passes is noted, it can be shut, and it can ask for a password.
 */
import { createServer, request, type Server } from "node:http"

export interface Passed {
  readonly method: string
  /** Behind the address of the API. */
  readonly path: string
}

export class RegistryDoor {
  readonly passed: Array<Passed> = []
  /** What is asked for before anybody passes: `user:password`. */
  key: string | null = null
  readonly #behind: URL
  #port = 0
  #server: Server | undefined

  constructor(url: string) {
    this.#behind = new URL(url)
  }

  /** On the port of last time, if there was one. */
  open(): Promise<void> {
    const server = createServer((asked, answer) => {
      const path = (asked.url ?? "").replace(this.#behind.pathname, "")
      this.passed.push({ method: asked.method ?? "", path })
      const shown = Buffer.from(asked.headers.authorization?.replace("Basic ", "") ?? "", "base64").toString()
      if (this.key !== null && shown !== this.key) {
        answer.writeHead(401, { "content-type": "application/json" })
        answer.end(JSON.stringify({ error_code: 401, message: "Unauthorized" }))
        return
      }
      const { hostname, port } = this.#behind
      const { headers, method, url } = asked
      const onward = request({ hostname, port, path: url, method, headers }, (came) => {
        answer.writeHead(came.statusCode ?? 500, came.headers)
        came.pipe(answer)
      })
      onward.once("error", () => answer.destroy())
      asked.pipe(onward)
    })
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once("error", reject)
      server.listen(this.#port, "127.0.0.1", () => {
        const address = server.address()
        if (typeof address === "object" && address !== null) this.#port = address.port
        resolve()
      })
    })
  }

  shut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return Promise.resolve()
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.#behind.pathname}`
  }

  /** What would have changed the registry, since the last time this was asked. */
  writes(): ReadonlyArray<string> {
    const passed = this.passed.splice(0)
    const changing = passed.filter(
      ({ method, path }) => method === "PUT" || (method === "POST" && path.endsWith("/versions"))
    )
    return changing.map(({ method, path }) => `${method} ${path}`)
  }
}

const asked = async (url: string, method: string, body?: unknown): Promise<unknown> => {
  const headers = { "content-type": "application/vnd.schemaregistry.v1+json" }
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/** Registers a schema as anybody could, and gives its id. */
export const registerAs = async (url: string, subject: string, schema: object): Promise<number> => {
  const answer = await asked(`${url}/subjects/${subject}/versions`, "POST", { schema: JSON.stringify(schema) })
  if (typeof answer === "object" && answer !== null && "id" in answer && typeof answer.id === "number") return answer.id
  throw new Error("no id was given")
}

export const holdTo = (url: string, subject: string, compatibility: string): Promise<unknown> =>
  asked(`${url}/config/${subject}`, "PUT", { compatibility })

/** Removes every subject, so that a test begins with an empty registry. */
export const emptyRegistry = async (url: string): Promise<void> => {
  const subjects = await asked(`${url}/subjects`, "GET")
  if (!Array.isArray(subjects)) throw new Error("no subjects were listed")
  for (const subject of subjects) await asked(`${url}/subjects/${subject}`, "DELETE")
}
