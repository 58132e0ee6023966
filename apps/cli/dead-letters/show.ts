/**
 * `onefold dead-letters show ID`: all that is known of one letter, the head of its record, and the event where it is one.
 */
import { Effect, Result } from "effect"
import { decodeResult } from "../../../platform/log/codec.ts"
import { writeLines, writeText } from "../json-lines.ts"
import { printable } from "../report/hostile-text.ts"
import { type Letter, letterOf, lettersOf } from "./letters.ts"
import { type LettersFlags, lettersLog } from "./letters-log.ts"
import { lineOf } from "./list.ts"

export interface ShowOptions extends LettersFlags {
  readonly id: string
  readonly json: boolean
}

/** Of a record's bytes, at most. */
const shownBytes = 256
const bytesPerLine = 16

/** Offset, bytes as hexadecimal digits, and as text where they are ASCII. */
export const hexLines = (bytes: Uint8Array): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    const part = Buffer.from(bytes.subarray(at, at + bytesPerLine))
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
    const text = part.toString("latin1").replace(/[^\x20-\x7e]/g, ".")
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(3 * bytesPerLine - 1)}  ${text}`)
  }
  return lines
}

/** Numbers of typed arrays as lists, bytes as hexadecimal digits. */
const plain = (_: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex")
  return value instanceof Float32Array || value instanceof Int32Array ? [...value] : value
}

/** The event that the record holds, as plain JSON; null where it holds none. */
const eventIn = ({ letter }: Letter): unknown => {
  const decoded = decodeResult(letter.record)
  return Result.isFailure(decoded) ? null : JSON.parse(JSON.stringify({ ...decoded.success }, plain))
}

const told = (found: Letter, event: unknown): string => {
  const { type: _, ...fields } = lineOf(found)
  const head = found.letter.record.subarray(0, shownBytes)
  const lines = Object.entries(fields).map(([name, value]) => `${name.padEnd(10)} ${String(value)}`)
  const left = found.letter.record.length - head.length
  const rest = left > 0 ? [`… ${left} bytes more`] : []
  const shown = event === null ? [] : ["", ...JSON.stringify(event, null, 2).split("\n")]
  return [...lines, "", ...hexLines(head), ...rest, ...shown].map((line) => `${printable(line)}\n`).join("")
}

export const showLetter = Effect.fn("deadLetters.show")(function* (options: ShowOptions) {
  const found = yield* Effect.flatMap(lettersOf({ run: null, reason: null }), (letters) =>
    letterOf(letters, options.id)
  ).pipe(Effect.provide(lettersLog(options)))
  const event = eventIn(found)
  if (!options.json) return yield* writeText(told(found, event))
  const hex = Buffer.from(found.letter.record.subarray(0, shownBytes)).toString("hex")
  yield* writeLines([{ ...lineOf(found), hex, event }])
})
