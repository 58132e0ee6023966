/**
 * A file that a command was asked to write.
 */
import { writeFile } from "node:fs/promises"
import { Effect, Schema } from "effect"

export class FileUnwritable extends Schema.TaggedError<FileUnwritable>()("FileUnwritable", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot write ${this.file}: ${this.detail}. Name another file, or free its disk`
  }
}

/** Writes a file, over what was there. Fails with FileUnwritable. */
export const writeTo = (file: string, content: string | Uint8Array) =>
  Effect.tryPromise({
    try: () => writeFile(file, content),
    catch: (error) => new FileUnwritable({ file, detail: error instanceof Error ? error.message : String(error) })
  })
