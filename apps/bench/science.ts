/**
 * The science of the miniature: which effects of the paper appear in it, over 3 seeds, and which example is a good one.
 *
 *   npm run science [-- DATA_DIR] [--all-singles]
 *
 * Every choice was frozen before, and training and test seeds are used nowhere else. Given again, it goes on where it was
 * stopped or killed. Writes docs/science.md with its drawings; every figure comes from the history by SQL. DATA_DIR is
 * .cache/science unless named; all runs of the full size leave about 25 GB of weights and gradients in it.
 */
import { parseArgs } from "node:util"
import { Cause, Effect, Exit } from "effect"
import { History } from "../../platform/history/history.ts"
import { serveLive } from "../../platform/history/live.ts"
import { loadBase, miniatureBase } from "../cli/base.ts"
import { openDataFolder } from "../cli/data-folder.ts"
import { stoppingLayer } from "../cli/stopping.ts"
import { armNames } from "./science/arms.ts"
import { conduct } from "./science/conduct.ts"
import { evidenceOf } from "./science/evidence.ts"
import { sciencePlan } from "./science/plan.ts"
import { fullSizes, type Sizes } from "./science/sizes.ts"
import { stopwatchOf } from "./science/stopwatch.ts"
import { writePage } from "./science/write-page.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    "all-singles": { type: "boolean", default: false },
    arms: { type: "string", default: armNames.join(",") },
    seeds: { type: "string", default: fullSizes.seeds.map(({ seed, testSeed }) => `${seed}/${testSeed}`).join(",") },
    preset: { type: "string", default: fullSizes.preset },
    steps: { type: "string", default: String(fullSizes.steps) },
    set: { type: "string", multiple: true, default: [] },
    sweep: { type: "string", default: String(fullSizes.sweep.examples) },
    singles: { type: "string", default: String(fullSizes.singles) },
    out: { type: "string", default: new URL("../../docs", import.meta.url).pathname }
  }
})

const wantedArms = values.arms.split(",")
const unknown = wantedArms.find((name) => !armNames.some((known) => known === name))
if (unknown !== undefined) {
  process.stderr.write(`science: there is no arm "${unknown}". Known: ${armNames.join(", ")}\n`)
  process.exit(2)
}
const examples = Number(values.sweep)
const sizes: Sizes = {
  ...fullSizes,
  preset: values.preset,
  steps: Number(values.steps),
  set: values.set,
  arms: armNames.filter((name) => wantedArms.includes(name)),
  seeds: values.seeds.split(",").map((pair) => {
    const [seed, testSeed] = pair.split("/").map(Number)
    return { seed, testSeed }
  }),
  sweep: { ...fullSizes.sweep, examples },
  singles: values["all-singles"] ? examples : Math.min(examples, Number(values.singles))
}

const program = Effect.gen(function* () {
  const base = yield* loadBase(miniatureBase)
  const plan = yield* sciencePlan(sizes, base)
  const folder = yield* openDataFolder(positionals[0] ?? ".cache/science")
  if (!(yield* conduct(plan, sizes, base, folder))) return false
  const stopwatch = yield* stopwatchOf(sizes, folder.root)
  const evidence = yield* serveLive(folder.root).pipe(
    Effect.andThen(evidenceOf(plan, folder.root)),
    Effect.scoped,
    Effect.provide(History.layer(folder.history))
  )
  yield* writePage({ evidence, plan, sizes, stopwatch, baseHash: base.weightsHash }, values.out)
  return true
})

const stopping = stoppingLayer(() => process.exit(130))
const exit = await Effect.runPromiseExit(program.pipe(Effect.provide(stopping)))
if (Exit.isFailure(exit)) {
  const error = Cause.squash(exit.cause)
  process.stderr.write(`science: ${error instanceof Error ? error.message : String(error)}\n`)
} else if (!exit.value) process.stderr.write("science: paused; the same command goes on\n")
process.exit(Exit.isSuccess(exit) ? (exit.value ? 0 : 130) : 1)
