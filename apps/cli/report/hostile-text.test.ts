import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { printable, printableLine, visible } from "./hostile-text.ts"

/** What no shown text may hold: C0 but \n, delete, C1, bidi controls, line separators, tags, half characters. */
const forbidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]|\p{Cs}/u

/** Pieces that sequences are made of, so that random texts come near real ones. */
const pieces: ReadonlyArray<string> = [
  ..."\u001b \u001b[ \u001b] \u001bP \u001b_ \u001b\\ \u0007 \u009b \u009d \u009c \u0090".split(" "),
  ..."8;;http://x.test 31 ; m H 2J 0;title 4 é 日本 \\boxed{".split(" "),
  ..."\u0000 \u007f \u0085 \u202e \u2066 \u200f \u061c \u2028 \ud800 \udc00 \u{e0041}".split(" "),
  ...["\ufeff", " ", "\n", "\r", "\r\n", "\t"]
]
const piece = Arbitrary.schema(Schema.Union([Schema.Literals(pieces), Schema.String]))
const texts = Arbitrary.map(Arbitrary.array(piece, { maxLength: 24 }), (pieces) => pieces.join(""))

const many = { arbitrary: { runs: 3000 } }

describe("text nobody vouches for", () => {
  it.prop(
    "never reaches a terminal with a control character in it",
    { text: texts },
    ({ text }) => {
      assert.notMatch(printable(text), forbidden)
      assert.notMatch(visible(text), forbidden)
    },
    many
  )

  it.prop(
    "keeps its number of lines to itself where one line is asked for",
    { text: texts },
    ({ text }) => {
      assert.notMatch(printableLine(text), forbidden)
      assert.notInclude(printableLine(text), "\n")
    },
    many
  )

  it.prop(
    "is not changed by being made printable twice",
    { text: texts },
    ({ text }) => {
      assert.strictEqual(printable(printable(text)), printable(text))
    },
    many
  )

  it.prop(
    "stays as it is where nothing acts",
    { text: Schema.String.check(Schema.isPattern(/^[ -~\n\u00c0-\u024f]*$/)) },
    ({ text }) => {
      assert.strictEqual(printable(text), text)
    }
  )

  it.each([
    ["a colour", "\u001b[1;31mred\u001b[0m", "red"],
    ["a colour, C1 form", "\u009b31mred", "red"],
    ["a cleared screen", "\u001b[2J\u001b[Hgone", "gone"],
    ["a window title ended by BEL", "\u001b]0;owned\u0007x", "x"],
    ["a window title ended by ST", "\u001b]0;owned\u001b\\x", "x"],
    ["a link", "\u001b]8;;http://evil.test\u001b\\click\u001b]8;;\u001b\\", "click"],
    ["a clipboard write, C1 form", "\u009d52;c;Zm9v\u009cx", "x"],
    ["a device control string", '\u001bP$q"p\u001b\\x', "x"],
    ["a reset", "\u001bcx", "x"],
    ["a character set", "\u001b(0x", "x"],
    ["a string that never ends", "\u001b]0;half", "0;half"],
    ["a sequence that never ends", "\u001b[31", "31"],
    ["sequences that make one when taken out", "\u001b\u001b[0m[31mx", "␛[31mx"],
    ["escape at the very end", "x\u001b", "x␛"],
    ["a bell and a backspace", "a\u0007b\bc", "a␇b␈c"],
    ["a carriage return over what stands there", "wrong\rright", "wrong␍right"],
    ["text turned round", "\u202etxet\u202c", "‹U+202E›txet‹U+202C›"],
    ["unseen tags", "a\u{e0041}b", "a‹U+E0041›b"],
    ["half a character", "a\ud83db", "a\ufffdb"],
    ["a family of emoji", "👩‍👧", "👩‍👧"],
    ["line ends of another system", "a\r\nb\tc", "a\nb  c"]
  ])("given %s, only what is to be read is left", (_, given, then) => {
    assert.strictEqual(printable(given), then)
  })

  it("shows an escape sequence where it has no power", () => {
    assert.strictEqual(visible("\u001b[31mred"), "␛[31mred")
  })

  it("is read once from end to end, however many openings it has", () => {
    const openings = "\u001b]\u009d\u001b[".repeat(200_000)
    assert.lengthOf(printable(openings), "‹U+009D›".length * 200_000)
  })
})
