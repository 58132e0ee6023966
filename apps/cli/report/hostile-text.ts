/**
 * Texts nobody vouches for, made fit to be shown.
 *
 * A model's answer can hold anything its tokenizer can write, and a terminal obeys what is printed: colours, titles,
 * links, the clipboard, text turned round. Sequences that a terminal would obey are removed; every other character that
 * acts and is not seen is shown by name, so that nothing is hidden from the reader.
 */

/**
 * Whole escape sequences, each begun by ESC or by its one-character C1 form: strings (DCS, SOS, OSC, PM, APC) up to their
 * end, which is ST or BEL; then CSI with its parameters; then all shorter ones. A string without an end loses its
 * opening only and its content stays to be seen. No payload can hold another opening, so a scan never goes back far.
 */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this file is about
  /(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]/g

/** Controls, format characters (bidi overrides and isolates, tags, soft hyphens), separators, lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Joiners shape letters and emoji and move nothing. */
const isJoiner = (code: number): boolean => code === 0x200c || code === 0x200d

const hexadecimal = (code: number): string => code.toString(16).toUpperCase().padStart(4, "0")

/** A picture for the 32 old controls and delete, a replacement mark for half a character, a name for the rest. */
const pictureOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  if (isJoiner(code)) return character
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  if (code === 0x7f) return "\u2421"
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd"
  return `‹U+${hexadecimal(code)}›`
}

/** Tabs become two spaces, so that columns can be counted; \r\n is a newline like \n. */
const plainBreaks = (text: string): string => text.replaceAll("\r\n", "\n").replaceAll("\t", "  ")

/**
 * Every character that acts without being seen, escape included, as a picture or a name. Newlines stay. For places where
 * escape sequences have no power, such as a page.
 */
export const visible = (text: string): string =>
  plainBreaks(text).replace(unseen, (character) => (character === "\n" ? character : pictureOf(character)))

/** For a terminal, on as many lines as the text has: no control character but \n is left. */
export const printable = (text: string): string => visible(text.replace(sequences, ""))

/** For a terminal, on one line: newlines inside become ⏎, white space at both ends goes. */
export const printableLine = (text: string): string => printable(text).trim().replaceAll("\n", "⏎")
