/**
 * Why an example, or a held-out problem, cannot be used.
 */
import { Schema } from "effect"

export class ExampleUnusable extends Schema.TaggedError<ExampleUnusable>()("ExampleUnusable", {
  example: Schema.String,
  reason: Schema.Literals([
    "unknown",
    "unreadable",
    "no-prompt",
    "no-answer",
    "not-writable-by-model",
    "not-gradable",
    "too-long"
  ]),
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `example ${this.example}: ${this.detail}. ${this.next}`
  }
}

const faults: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it"
}

/** What is wrong with a file that could not be read, in words. */
export const faultOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return faults[code] ?? (error instanceof Error ? error.message : String(error))
}
