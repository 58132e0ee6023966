/**
 * `--examples rank:1-16 --from FILE|RUN`: the first of a ranking, by std, of a run's own examples or of a file whose
 * indices are names of the pool.
 */
import type { Effect } from "effect"
import { findExample } from "../examples.ts"
import { rankedExamples } from "../rank-example.ts"
import type { RankedExamples } from "./examples.ts"

/** @param dataDir where a run that ranks is recorded */
export const rankedIn =
  (dataDir: string): RankedExamples<Effect.Error<ReturnType<typeof rankedExamples>>, never> =>
  ({ first, from, last, notation }) =>
    rankedExamples({ first, last }, { from, dataDir, findByIndex: (index) => findExample(index, notation) })
