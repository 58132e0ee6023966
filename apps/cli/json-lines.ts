/**
 * JSON lines: one value a line on stdin, one a line on stdout, so that input and output may be larger than memory.
 */
import { Effect, Schema } from "effect"
import { InputUnusable } from "./input-unusable.ts"

const newline = 10

/** Bytes as lines; only a newline ends one, for JSON may hold every other separator. */
async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Array<Buffer> = []
  for await (const chunk of input) {
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)])
      begun = []
      from = end + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (begun.length > 0) yield Buffer.concat(begun)
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** JSON from bytes. Fails with InputUnusable. */
export const jsonOf = (bytes: Uint8Array, place: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(utf8.decode(bytes)),
    catch: (cause) => new InputUnusable({ place, reason: `it is no JSON: ${reasonOf(cause)}` })
  })

/** A value of a known form. Fails with InputUnusable. */
export const formOf = <A>(schema: Schema.Codec<A, unknown>, value: unknown, place: string) =>
  Effect.mapError(
    Schema.decodeUnknownEffect(schema)(value),
    (error) => new InputUnusable({ place, reason: error.message.replace(/\s+/g, " ").slice(0, 400) })
  )

export interface Line<A> {
  readonly place: string
  readonly value: A
}

/** Where lines come from; errors name it. */
export interface LineSource {
  readonly name: string
  readonly bytes: AsyncIterable<Buffer>
}

/**
 * Runs `use` on each line of stdin, or of another source, in order; empty lines are passed over.
 *
 * Fails with InputUnusable, which names the line.
 */
export const forEachLine = Effect.fn("jsonLines.forEach")(function* <A, E, R>(
  schema: Schema.Codec<A, unknown>,
  use: (line: Line<A>) => Effect.Effect<void, E, R>,
  source?: LineSource
) {
  const lines = linesOf(source?.bytes ?? process.stdin)
  for (let number = 1; ; number++) {
    const place = source === undefined ? `line ${number}` : `${source.name}, line ${number}`
    const next = yield* Effect.tryPromise({
      try: () => lines.next(),
      catch: (cause) => new InputUnusable({ place, reason: reasonOf(cause) })
    })
    if (next.done === true) return
    if (next.value.every((byte) => byte <= 0x20)) continue
    const value = yield* formOf(schema, yield* jsonOf(next.value, place), place)
    yield* use({ place, value })
  }
})

/** All of stdin as one JSON value. Fails with InputUnusable. */
export const jsonOfStdin = Effect.gen(function* () {
  const place = "stdin"
  const bytes = yield* Effect.tryPromise({
    try: async () => {
      const chunks: Array<Buffer> = []
      for await (const chunk of process.stdin) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
    catch: (cause) => new InputUnusable({ place, reason: reasonOf(cause) })
  })
  return yield* jsonOf(bytes, place)
})

/** Writes values, one a line; done when the reader has taken them. */
export const writeLines = (values: ReadonlyArray<unknown>) =>
  writeText(values.map((value) => `${JSON.stringify(value)}\n`).join(""))

export const writeText = (text: string) =>
  Effect.promise(() => new Promise<void>((resolve) => process.stdout.write(text, () => resolve())))
