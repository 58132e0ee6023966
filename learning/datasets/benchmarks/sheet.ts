/**
 * A sheet: the problems of a benchmark as one model reads them under one protocol, with their gold answers.
 *
 * It is an artifact, named by the SHA-256 of its bytes, so a recorded run asks the same again whatever becomes of the
 * files it was made from. Like every artifact it is a safetensors file: of no tensors, the problems in its metadata.
 */
import { Effect, Schema } from "effect"
import { decodeSafetensors, encodeSafetensors } from "../../policy/checkpoint/safetensors.ts"

const Choice = Schema.Struct({ label: Schema.NonEmptyString, text: Schema.NonEmptyString })

const SheetProblem = Schema.Struct({
  id: Schema.NonEmptyString,
  /** What the set's figures are grouped by. */
  group: Schema.NonEmptyString,
  /** The whole prompt, special tokens by name. */
  text: Schema.NonEmptyString,
  answer: Schema.NonEmptyString,
  /** What Qwen's grader calls the benchmark. */
  dataName: Schema.optionalKey(Schema.NonEmptyString),
  /** Of multiple choice. */
  choices: Schema.optionalKey(Schema.Array(Choice))
})
export type SheetProblem = typeof SheetProblem.Type

/** The artifact is not a sheet. */
export class SheetInvalid extends Schema.TaggedError<SheetInvalid>()("SheetInvalid", {
  hash: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `artifact ${this.hash} is not the problems of a benchmark: ${this.detail}`
  }
}

const Problems = Schema.fromJsonString(Schema.Array(SheetProblem))
const textOf = Schema.encodeSync(Problems)

/** The bytes of a sheet: the same problems always give the same. */
export const sheetBytes = (problems: ReadonlyArray<SheetProblem>): Uint8Array =>
  encodeSafetensors([], { problems: textOf(problems) })

/**
 * Reads a sheet. Fails with SheetInvalid.
 *
 * @param hash what to call it
 */
export const readSheet = Effect.fn("sheet.read")(function* (bytes: Uint8Array, hash: string) {
  const invalid = ({ message }: Error) => new SheetInvalid({ hash, detail: message })
  const { metadata } = yield* Effect.mapError(decodeSafetensors(bytes, "the artifact"), invalid)
  return yield* Effect.mapError(Schema.decodeUnknownEffect(Problems)(metadata.problems), invalid)
})
