/**
 * The characters that byte-level vocabularies write bytes with, and back: GPT-2's table, in which every byte that prints
 * is itself and the others are the characters from U+0100 on.
 */

const printing = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)

const bytesByCharacter: ReadonlyMap<string, number> = (() => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const others = bytes.filter((byte) => !printing(byte))
  return new Map(
    bytes.map((byte) => [String.fromCharCode(printing(byte) ? byte : 0x100 + others.indexOf(byte)), byte] as const)
  )
})()

/** Whether every byte, and so every text, can be written with these tokens. */
export const coversAllBytes = (tokens: { readonly has: (token: string) => boolean }): boolean =>
  [...bytesByCharacter.keys()].every((character) => tokens.has(character))

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const bytesOf = (token: string): Iterable<number> => {
  const bytes: Array<number> = []
  for (const character of token) {
    const byte = bytesByCharacter.get(character)
    if (byte === undefined) return encoder.encode(token) // a token with a character beyond the table is plain text
    bytes.push(byte)
  }
  return bytes
}

/** The text of tokens in a row; what is no UTF-8 becomes U+FFFD. */
export const textOfBytes = (tokens: ReadonlyArray<string>): string =>
  decoder.decode(Uint8Array.from(tokens.flatMap((token) => [...bytesOf(token)])))
