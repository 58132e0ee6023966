/**
 * A GRPO step of the miniature, the whole pipeline included, against a PyTorch prototype of the same step.
 *
 *   npm run bench -- mini [--rounds 3] [--steps 30] [--python PYTHON --prototype miniature_torch.py]
 *
 * The two alternate, on the same base and example, two threads each. Without a prototype only Onefold's own figures are
 * printed. Times are medians over steps; the first three steps of a round warm up and do not count.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Console, Effect, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { FoldChain } from "../../pipelines/update/fold-chain.ts"
import { History } from "../../platform/history/history.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import { type Base, loadBase, miniatureBase } from "../cli/base.ts"
import { beginRun } from "../cli/begin-run.ts"
import { type DataFolder, openDataFolder } from "../cli/data-folder.ts"
import { services } from "../cli/embedded.ts"
import { findExample } from "../cli/examples.ts"
import { configOf, defaultExample } from "../cli/presets.ts"
import { stoppingLayer } from "../cli/stopping.ts"
import type { TrainingExample } from "../cli/training-example.ts"
import { median } from "./peers/tool-line.ts"
import { quietReporter } from "./quiet-reporter.ts"
import { recordedPolicies, stepMillis } from "./recorded-policies.ts"
import { Stopwatch } from "./stopwatch.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "30" },
    python: { type: "string", default: "python3" },
    prototype: { type: "string" }
  }
})
const rounds = Number(values.rounds)
const steps = Number(values.steps)
const warmUp = 3

const Prototype = Schema.fromJsonString(
  Schema.Struct({ millisPerStep: Schema.Finite, generate: Schema.Finite, train: Schema.Finite })
)

/** One round of the prototype: milliseconds a step. */
const prototypeRound = (path: string, { answer, text }: TrainingExample) =>
  Effect.suspend(() => {
    const script = fileURLToPath(new URL("./prototype_steps.py", import.meta.url))
    const args = [script, path, miniatureBase, text, answer, String(steps), "2"]
    const { stderr, stdout } = spawnSync(values.python, args, { encoding: "utf8" })
    return Schema.decodeUnknownEffect(Prototype)(stdout.trim().split("\n").at(-1) ?? "").pipe(
      Effect.mapError(() => new Error(`the prototype did not run: ${stderr}`))
    )
  })

const stopwatch = new Stopwatch()

/** The engine, the fold and the artifacts with a stopwatch at every call. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const engine = yield* PolicyEngine
    const chain = yield* FoldChain
    const artifacts = yield* Artifacts
    return yield* effect.pipe(
      Effect.provideService(PolicyEngine, {
        ...engine,
        generate: (request) => engine.generate(request).pipe(stopwatch.timing("generate")),
        gradient: (task) => engine.gradient(task).pipe(stopwatch.timing("gradient"))
      }),
      Effect.provideService(FoldChain, {
        ...chain,
        advance: (...args) => chain.advance(...args).pipe(stopwatch.timing("apply"))
      }),
      Effect.provideService(Artifacts, {
        ...artifacts,
        store: (bytes) => artifacts.store(bytes).pipe(stopwatch.timing("artifacts")),
        load: (hash) => artifacts.load(hash).pipe(stopwatch.timing("artifacts"))
      })
    )
  })

/** A history that records nothing, to see what the real one costs a step. */
const withoutHistory = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideService(History, {
      follow: () => Effect.succeed({ drain: Effect.void }),
      flush: Effect.void,
      query: () => Effect.succeed(""),
      answer: () => Effect.succeed(new Uint8Array())
    })
  )

interface Variant {
  readonly history: boolean
  /** The KL term, and with it the reference's forward pass. */
  readonly reference: boolean
}

/** One round of Onefold: each step's milliseconds, and how long of a step each part was busy. */
const ownRound = Effect.fn("mini.ownRound")(function* (base: Base, folder: DataFolder, variant: Variant) {
  const example = yield* findExample(defaultExample)
  const model = { name: "miniature", hash: base.weightsHash }
  const settings = yield* configOf({ preset: "mini", prompts: [example], model, steps, seed: 1, testSeed: 77 })
  const evaluation = { ...settings.evaluation, everySteps: steps, problemsPerFamily: 1, samples: 1 }
  const klCoefficient = variant.reference ? settings.klCoefficient : 0
  const config = new RunConfig({ ...settings, klCoefficient, evaluation })
  stopwatch.clear()
  const beginning = timed(beginRun({ config, base, folder, reporter: quietReporter }))
  const { run } = yield* variant.history ? beginning : withoutHistory(beginning)
  const millis = stepMillis(yield* recordedPolicies(run.runId))
  const share = (...names: ReadonlyArray<string>) => stopwatch.covered(...names) / steps
  return {
    step: median(millis.slice(warmUp)),
    mean: millis.reduce((sum, one) => sum + one, 0) / (steps - 1),
    generate: share("generate"),
    gradient: share("gradient"),
    apply: share("apply"),
    model: share("generate", "gradient", "apply"),
    artifacts: share("artifacts")
  }
})

const whole: Variant = { history: true, reference: true }

const millis = (value: number): string => `${value.toFixed(0)} ms`

/** What a step is made of, from three kinds of round. */
const breakdown = (
  full: ReadonlyArray<Effect.Success<ReturnType<typeof ownRound>>>,
  noHistory: ReadonlyArray<number>,
  noReference: ReadonlyArray<number>
): string => {
  const of = (pick: (round: (typeof full)[number]) => number) => median(full.map(pick))
  const reference = of(({ gradient }) => gradient) - median(noReference)
  const rest = of(({ mean, model }) => mean - model)
  return [
    `generation ${millis(of(({ generate }) => generate))}`,
    `gradient ${millis(of(({ gradient }) => gradient) - reference)}`,
    `reference ${millis(reference)}`,
    `apply ${millis(of(({ apply }) => apply))}`,
    `log, grading, packing and idle ${millis(rest)}`,
    `history (beside the step) ${millis(of(({ step }) => step) - median(noHistory))}`,
    `artifacts (within the others) ${millis(of(({ artifacts }) => artifacts))}`,
    `not model arithmetic ${((100 * rest) / of(({ mean }) => mean)).toFixed(0)} % of a step`
  ].join("\n  ")
}

const program = Effect.gen(function* () {
  const base = yield* loadBase(miniatureBase)
  const example = yield* findExample(defaultExample)
  const scratch = mkdtempSync(join(tmpdir(), "onefold-bench-"))
  const folder = yield* openDataFolder(scratch)
  const full: Array<Effect.Success<ReturnType<typeof ownRound>>> = []
  const noHistory: Array<number> = []
  const noReference: Array<number> = []
  const theirs: Array<number> = []
  yield* Effect.gen(function* () {
    for (let round = 0; round < rounds; round++) {
      if (values.prototype !== undefined) theirs.push((yield* prototypeRound(values.prototype, example)).millisPerStep)
      full.push(yield* ownRound(base, folder, whole))
      noHistory.push((yield* ownRound(base, folder, { ...whole, history: false })).step)
      noReference.push((yield* ownRound(base, folder, { ...whole, reference: false })).gradient)
      const prototype = theirs.length === 0 ? "" : `, prototype ${millis(theirs[round])}`
      yield* Console.log(`round ${round + 1}: onefold ${millis(full[round].step)} a step${prototype}`)
    }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        services(folder, base, {}),
        stoppingLayer(() => process.exit(130))
      )
    )
  )
  rmSync(scratch, { recursive: true, force: true })
  const own = median(full.map(({ step }) => step))
  const ratio = theirs.length === 0 ? "" : `, ratio to the prototype ${(own / median(theirs)).toFixed(2)}`
  yield* Console.log(`onefold ${millis(own)} a step${ratio}\n  ${breakdown(full, noHistory, noReference)}`)
  yield* Console.log(`peak memory ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB`)
})

await Effect.runPromise(program)
process.exit()
