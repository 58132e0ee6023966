/**
 * Which checkpoint to take, in one sentence, the same for the terminal and the page.
 */
import type { ChosenCheckpoint } from "../../../pipelines/choose-checkpoint.ts"
import { share } from "./figures.ts"
import type { RunSummary } from "./summary.ts"

/** Said where others sat the tests too rarely for a choice. */
const among = ({ compared }: ChosenCheckpoint, steps: number): string =>
  compared.length === 2 && compared[0] === 0 && compared[1] === steps && steps > 1
    ? ", of the first and the last policy alone"
    : ""

const bestOnTest = (found: ChosenCheckpoint | null, steps: number): string =>
  found === null
    ? "no policy has sat a test"
    : `best on test is step ${found.step} (optimistic: chosen on what it reports${among(found, steps)})`

/**
 * `step 50 by validation (0.917 of 60 problems); best on test is step 60 (optimistic: chosen on what it reports)`; null
 * where nothing was compared.
 */
export const chosenText = ({ chosen, steps }: RunSummary): string | null => {
  const { validation } = chosen
  if (validation === null && chosen.bestOnTest === null) return null
  const byValidation =
    validation === null || validation.accuracy === null
      ? "none, without a validation set"
      : `step ${validation.step} by validation (${share(validation.accuracy)} of ${validation.problems} problems)`
  return `${byValidation}; ${bestOnTest(chosen.bestOnTest, steps)}`
}
