/**
 * Numbers spelled otherwise than in digits: as a word, or with digits that repeat for ever.
 */

const words =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " "
  )

/** The number a word says, or null. */
export const numberWord = (word: string): number | null => {
  const at = words.indexOf(word.toLowerCase())
  return at < 0 ? null : at
}

const overline = /(\d*)\.(\d{0,40})\\overline ?(?:\{ ?(\d{1,40}) ?\}|(\d))/g
const dotted = /(\d*)\.(\d{0,40})\\dot ?\{?(\d)\}?(?:(\d{0,40})\\dot ?\{?(\d)\}?)?/g
const bracketed = /(\d+)\.()\((\d{1,40})\)$/g

const fraction = (whole: string, before: string, repeated: string): string => {
  const all = BigInt(`${whole}${before}${repeated}`)
  const numerator = all - BigInt(`${whole}${before}` || "0")
  const nines = 10n ** BigInt(repeated.length) - 1n
  return `\\frac {${numerator}}{${nines * 10n ** BigInt(before.length)}}`
}

/** `0.1\overline{6}` as the fraction it is. */
export const withExactRepetition = (text: string): string =>
  text.length > 1_000
    ? text
    : text
        .replace(overline, (_, whole: string, before: string, group?: string, digit?: string) =>
          fraction(whole, before, group ?? digit ?? "")
        )
        .replace(dotted, (_, whole: string, before: string, first: string, middle?: string, last?: string) =>
          fraction(whole, before, `${first}${middle ?? ""}${last ?? ""}`)
        )
        .replace(bracketed, (_, whole: string, before: string, group: string) => fraction(whole, before, group))
