/**
 * Judged anew, for a program: a line for each verdict that changed, and one that sums up. Documented in docs/cli.md.
 */
import type { Regraded } from "./regraded.ts"
import { type Changed, type Estimate, type RegradeResult, sumOf } from "./tally.ts"

const changedLine = ({ gold, now, problem, recorded, sample, step, test, turn }: Changed) => ({
  type: "verdict",
  test,
  step,
  problem,
  sample,
  turn,
  gold,
  recorded,
  now
})

/** `NAME`, `NAMELow`, `NAMEHigh`; null where unknown. */
const estimate = (name: string, told: Estimate | null) => ({
  [name]: told?.value ?? null,
  [`${name}Low`]: told?.interval?.[0] ?? null,
  [`${name}High`]: told?.interval?.[1] ?? null
})

const resultFields = ({ difference, now, recorded, ...counts }: RegradeResult) => ({
  ...counts,
  ...estimate("recorded", recorded),
  ...estimate("now", now),
  ...estimate("difference", difference)
})

/** Line by line. */
export function* linesOf(regraded: Regraded): Generator<object> {
  const { changed, mode, results, reward, rewards, source, ungraded } = regraded
  for (const each of changed) yield changedLine(each)
  yield {
    type: "regrade",
    ...{ source, mode, reward },
    answers: results.reduce((sum, { answers }) => sum + answers, 0),
    changed: changed.length,
    ...sumOf(results),
    ungraded,
    results: results.map(resultFields),
    ...(reward === null ? {} : { rewards })
  }
}
