/**
 * Conducts what is not finished yet: the arms side by side in this process, then the sweep and the single runs as
 * processes of their own. Says after each run how far all of it is.
 */
import { Clock, Effect } from "effect"
import { testProblems } from "../../../learning/datasets/miniature/problems.ts"
import { serveLive } from "../../../platform/history/live.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { topics } from "../../../schemas/catalogue.ts"
import type { Base } from "../../cli/base.ts"
import type { DataFolder } from "../../cli/data-folder.ts"
import { services } from "../../cli/embedded.ts"
import { madeGood } from "../../cli/history-made-good.ts"
import { lackingOf } from "../../cli/sweep/figures.ts"
import type { Teller } from "../../cli/sweep/teller.ts"
import { conductedHere, recordedOf, workOff } from "../../cli/sweep/work.ts"
import { quietReporter } from "../quiet-reporter.ts"
import { asSweep, type SciencePlan } from "./plan.ts"
import type { Sizes } from "./sizes.ts"
import { conductSingles, conductSweep } from "./stopwatch.ts"

const note = (text: string) => Effect.sync(() => process.stderr.write(`${text}\n`))

const minutes = (millis: number): string => (millis / 60_000).toFixed(1)

/** `ppo, seed 201: 7/33 runs done, 8.2 min, about 30.5 min left for the arms` */
export const progressLine = (what: string, done: number, doneHere: number, runs: number, millis: number): string => {
  const left =
    doneHere === 0 || done === runs
      ? ""
      : `, about ${minutes((millis / doneHere) * (runs - done))} min left for the arms`
  return `${what}: ${done}/${runs} runs done, ${minutes(millis)} min${left}`
}

/** Tells of a run once it is finished. */
const scienceTeller = Effect.fn("science.teller")(function* (titles: ReadonlyMap<string, string>, finished: number) {
  const began = yield* Clock.currentTimeMillis
  const count = { here: 0 }
  const teller: Teller = {
    of: () => quietReporter,
    ended: (run) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        count.here += 1
        return note(progressLine(titles.get(run) ?? run, finished + count.here, count.here, titles.size, now - began))
      }),
    left: (run) => note(`${titles.get(run) ?? run}: left; the same command goes on`),
    note
  }
  return teller
})

const titlesOf = ({ arms, bases }: SciencePlan): ReadonlyMap<string, string> =>
  new Map([
    ...bases.map(({ runId, seed }) => [runId, `base, test seed of ${seed}`] as const),
    ...arms.map(({ arm, runId, seed }) => [runId, `${arm.name}, seed ${seed}`] as const)
  ])

/** True where all arms are finished. */
const conductArms = Effect.fn("science.conductArms")(function* (
  plan: SciencePlan,
  base: Base,
  folder: DataFolder,
  parallel: number
) {
  yield* (yield* EventLog).createTopics(topics)
  yield* serveLive(folder.root)
  const swept = asSweep(plan)
  const runs = [swept.base, ...swept.runs]
  const recorded = yield* recordedOf(swept)
  const finished = runs.filter(({ runId }) => recorded.get(runId)?.finished === true)
  yield* note(`arms: ${runs.length} runs, ${finished.length} done before`)
  const { problemsPerFamily: perFamily, testSeed: seed } = swept.base.config.evaluation
  for (const { runId } of yield* lackingOf(finished, testProblems({ seed, perFamily }).length)) {
    const run = recorded.get(runId)
    if (run !== undefined) yield* madeGood(run, base)
  }
  const teller = yield* scienceTeller(titlesOf(plan), finished.length)
  const open = runs.filter(({ runId }) => recorded.get(runId)?.finished !== true)
  const conducted = conductedHere({ recorded, base, folder, teller })
  return yield* workOff({ open, conducted, parallel, teller, stopping: "stopping after the steps under way" })
})

/** True where everything is finished; false where it was asked to stop. */
export const conduct = Effect.fn("science.conduct")(function* (
  plan: SciencePlan,
  sizes: Sizes,
  base: Base,
  folder: DataFolder
) {
  const isDone = yield* conductArms(plan, base, folder, sizes.parallel).pipe(
    Effect.scoped,
    Effect.provide(services(folder, base, plan.bases[0].config))
  )
  if (!isDone) return false
  return (yield* conductSweep(sizes, folder.root)) && (yield* conductSingles(sizes, folder.root))
})
