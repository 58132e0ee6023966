/**
 * The value of `(2+4)*8` and the like, worked out from the text: a second opinion for the tests.
 */

const product = (term: string): number => {
  const [first, ...factors] = term.split(/(?=[*/])/)
  return factors.reduce(
    (value, factor) => (factor[0] === "*" ? value * Number(factor.slice(1)) : value / Number(factor.slice(1))),
    Number(first)
  )
}

/** Whole numbers with + - * / and at most one pair of parentheses. */
export const evaluate = (text: string): number =>
  text
    .replace(/\((.+)\)/, (_, inner: string) => `${evaluate(inner)}`)
    .split(/(?=[+-])/)
    .reduce((sum, term) => sum + product(term), 0)
