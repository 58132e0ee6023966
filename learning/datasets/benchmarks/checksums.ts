/**
 * SHA256SUMS beside a file, as `sha256sum` writes it: what the file's bytes must hash to.
 */
import { readFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { Effect } from "effect"
import { faultOf } from "../../file-fault.ts"
import { BenchmarkInvalid } from "./benchmark-invalid.ts"
import type { FilePin } from "./read-benchmark.ts"

const line = /^([0-9a-f]{64}) [ *](?:\.\/)?(.+)$/i

/** What its folder's SHA256SUMS says of a file: nothing where there is none, or no line for it. Fails with BenchmarkInvalid. */
export const pinBeside = Effect.fn("checksums.pinBeside")(function* (file: string) {
  const sums = join(dirname(file), "SHA256SUMS")
  const refuse = (at: number | null, reason: BenchmarkInvalid["reason"], detail: string) =>
    new BenchmarkInvalid({
      file: sums,
      line: at,
      field: null,
      reason,
      detail,
      next: "Write it with sha256sum, or take it away"
    })
  const text = yield* Effect.tryPromise({
    try: () =>
      readFile(sums, "utf8").catch((cause) =>
        cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "" : Promise.reject(cause)
      ),
    catch: (cause) => refuse(null, "unreadable", faultOf(cause))
  })
  const pins: Array<FilePin> = []
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    if (content.trim() === "") continue
    const [, sha256, name] = line.exec(content) ?? []
    if (sha256 === undefined) return yield* refuse(index + 1, "malformed", "it is no SHA-256 and a file's name")
    if (name === basename(file)) pins.push({ sha256: sha256.toLowerCase(), saidBy: `line ${index + 1} of ${sums}` })
  }
  return pins
})
