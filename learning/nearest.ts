/**
 * The known name that a mistyped one is nearest to, by edit distance.
 */

/** Levenshtein's distance: how many characters to insert, delete or replace. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]
}

/** The nearest of the candidates, whatever the case, the first of equals; empty where there are none. */
export const nearest = (name: string, candidates: ReadonlyArray<string>): string => {
  const from = (candidate: string): number => distance(name.toLowerCase(), candidate.toLowerCase())
  return candidates.reduce((best, each) => (best === "" || from(each) < from(best) ? each : best), "")
}
