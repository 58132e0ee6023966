/**
 * `--examples rank:1-16 --from FILE|RUN`: the first of a ranking, by std, of a run's own examples or of a file whose
 * indices are names of the pool.
 */
import { Effect } from "effect"
import { ExampleUnusable } from "../example-unusable.ts"
import { findExample } from "../examples.ts"
import type { Notation } from "../notation.ts"
import { type FindByIndex, rankedExample } from "../rank-example.ts"
import type { RankedExamples } from "./examples.ts"

const inPool =
  (notation: Notation): FindByIndex =>
  (index) =>
    Effect.mapError(findExample(index, notation), (error) =>
      error instanceof ExampleUnusable
        ? error
        : new ExampleUnusable({
            example: index,
            reason: "unknown",
            detail: error.message,
            next: "A sweep ranks examples of the miniature's pool, by their names"
          })
    )

/** @param dataDir where a run that ranks is recorded */
export const rankedIn =
  (dataDir: string): RankedExamples<Effect.Error<ReturnType<typeof rankedExample>>, never> =>
  ({ first, from, last, notation }) =>
    Effect.forEach(
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
      (rank) => rankedExample(`rank:${rank}`, { from, dataDir, findByIndex: inPool(notation) })
    )
