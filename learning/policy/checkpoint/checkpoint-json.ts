/**
 * The JSON files of a checkpoint, checked: every complaint names the file and the field.
 */
import { Effect, Schema, SchemaIssue } from "effect"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()
const longestReason = 300

const fieldOf = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>): string =>
  path.map((step) => String(typeof step === "object" ? step.key : step)).join(".")

/** The first thing that a schema found wrong, as the field's path and the reason. */
const refusalOf = (file: string, issue: SchemaIssue.Issue): CheckpointInvalid => {
  const [first] = issuesOf(issue).issues
  const reason = first.message.slice(0, longestReason)
  return new CheckpointInvalid({ file, what: fieldOf(first.path ?? []), reason })
}

/** A value of a JSON file as its schema says; fails with CheckpointInvalid. */
export const checkedJson = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, value: unknown, file: string) =>
  Schema.decodeUnknownEffect(schema)(value, { reportInput: true }).pipe(
    Effect.mapError(({ issue }) => refusalOf(file, issue))
  )

/** The JSON of a file's bytes; fails with CheckpointInvalid. */
export const parsedJson = (bytes: Uint8Array, file: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
    catch: (cause) =>
      new CheckpointInvalid({
        file,
        what: "",
        reason: `it is no JSON: ${cause instanceof Error ? cause.message.slice(0, longestReason) : "it cannot be read"}`
      })
  })
