/**
 * The science of the miniature: does one example move held-out accuracy, and do the controls stay where the base is?
 *
 *   npm run science:mini [-- DATA_DIR]
 *
 * Every choice — example, steps, learning rate — was frozen before; problems are drawn from test seeds that nothing was
 * tuned on, 300 of them (50 a family), a seed of its own for each of three training seeds. Writes docs/science.md; every
 * figure in it comes from the history by SQL, and the queries stand in this file.
 */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Console, Effect, Layer, Schema } from "effect"
import { History } from "../../platform/history/history.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import { loadBase, miniatureBase } from "../cli/base.ts"
import { beginRun } from "../cli/begin-run.ts"
import { openDataFolder } from "../cli/data-folder.ts"
import { services } from "../cli/embedded.ts"
import { findExample } from "../cli/examples.ts"
import { configOf, defaultExample } from "../cli/presets.ts"
import { stoppingLayer } from "../cli/stopping.ts"
import { quietReporter } from "./quiet-reporter.ts"

/** Training seed and the seed of its held-out problems. Fresh: used nowhere else. */
const seeds = [
  { seed: 101, testSeed: 9101 },
  { seed: 102, testSeed: 9102 },
  { seed: 103, testSeed: 9103 }
] as const

/** What is compared: the method, and the two controls that must not move. */
const arms = [
  { name: "one example, outcome reward", change: {} },
  { name: "one example, format reward only", change: { reward: "format" } },
  { name: "one example, no policy loss", change: { policyCoefficient: 0 } }
] as const

const resultsQuery = (runId: string): string => `
  SELECT step, protocol, accuracy, low, high, pass_at_k AS passAtK, boxed
  FROM evaluations
  WHERE run = '${runId}' AND family = 'all' AND step IN (0, (SELECT max(step) FROM policies WHERE run = '${runId}'))
  ORDER BY step, protocol`

const Row = Schema.Struct({
  step: Schema.Int,
  protocol: Schema.String,
  accuracy: Schema.Finite,
  low: Schema.Finite,
  high: Schema.Finite,
  passAtK: Schema.Finite,
  boxed: Schema.Finite
})
type Row = typeof Row.Type
const RowLine = Schema.fromJsonString(Row)

interface Outcome {
  readonly arm: string
  readonly seed: number
  readonly testSeed: number
  readonly rows: ReadonlyArray<Row>
}

const at = (rows: ReadonlyArray<Row>, last: boolean, protocol: string): Row => {
  const step = last ? Math.max(...rows.map((row) => row.step)) : 0
  const row = rows.find((each) => each.step === step && each.protocol === protocol)
  if (row === undefined) throw new Error(`the history has no ${protocol} result at step ${step}`)
  return row
}

const figure = (value: number): string => value.toFixed(3)
const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const rowOf = ({ arm, rows, seed, testSeed }: Outcome): string => {
  const [base, trained] = [at(rows, false, "greedy"), at(rows, true, "greedy")]
  const [baseSampled, sampled] = [at(rows, false, "avg@8"), at(rows, true, "avg@8")]
  const cells = [
    arm,
    `${seed} / ${testSeed}`,
    figure(base.accuracy),
    `${figure(trained.accuracy)} (${figure(trained.low)}–${figure(trained.high)})`,
    figure(trained.accuracy - base.accuracy),
    `${figure(baseSampled.accuracy)} → ${figure(sampled.accuracy)}`,
    figure(baseSampled.passAtK),
    `${figure(baseSampled.boxed)} → ${figure(sampled.boxed)}`
  ]
  return `| ${cells.join(" | ")} |`
}

const gains = (outcomes: ReadonlyArray<Outcome>, arm: string): ReadonlyArray<number> =>
  outcomes
    .filter((outcome) => outcome.arm === arm)
    .map(({ rows }) => at(rows, true, "greedy").accuracy - at(rows, false, "greedy").accuracy)

const summaryOf = (outcomes: ReadonlyArray<Outcome>): string =>
  arms
    .map(({ name }) => {
      const each = gains(outcomes, name)
      return `| ${name} | ${figure(mean(each))} | ${each.map(figure).join(", ")} |`
    })
    .join("\n")

const page = (outcomes: ReadonlyArray<Outcome>, baseHash: string): string => `# Science in miniature

What this is: a fast, honest model organism of 1-shot RLVR (arXiv 2504.20571), not evidence about large models. The base
is a mixture of answering styles by construction; RL with one example re-weights it and teaches no new skill.

Written by \`npm run science:mini\`. The example (\`${defaultExample}\`), 60 steps and all other settings of the preset \`mini\`
were chosen on development seeds and frozen; the test seeds below were drawn afterwards and are used nowhere else.
300 held-out problems a run (50 of each family), greedy; 95 % intervals. Base: SHA-256 \`${baseHash}\`.

## Gain in greedy held-out accuracy

| arm | mean gain | by seed |
|---|---|---|
${summaryOf(outcomes)}

## Every run

| arm | training / test seed | base greedy | trained greedy (95 %) | gain | avg@8 | base pass@8 | share boxed |
|---|---|---|---|---|---|---|---|
${outcomes.map(rowOf).join("\n")}

Every figure comes from the history by SQL:

\`\`\`sql
${resultsQuery("RUN").trim()}
\`\`\`
`

const program = Effect.gen(function* () {
  const base = yield* loadBase(miniatureBase)
  const folder = yield* openDataFolder(process.argv[2] ?? mkdtempSync(join(tmpdir(), "onefold-science-")))
  const example = yield* findExample(defaultExample)
  const outcomes: Array<Outcome> = []
  yield* Effect.gen(function* () {
    const history = yield* History
    for (const { seed, testSeed } of seeds)
      for (const { change, name } of arms) {
        const model = { name: "miniature", hash: base.weightsHash }
        const settings = yield* configOf({ preset: "mini", prompts: [example], model, steps: null, seed, testSeed })
        const config = new RunConfig({ ...settings, ...change })
        const { run } = yield* beginRun({ config, base, folder, reporter: quietReporter })
        const answer = yield* history.query(resultsQuery(run.runId), "json")
        const lines = answer.trim().split("\n")
        const rows = yield* Effect.forEach(lines, (line) => Schema.decodeUnknownEffect(RowLine)(line))
        const outcome = { arm: name, seed, testSeed, rows }
        outcomes.push(outcome)
        yield* Console.log(rowOf(outcome))
      }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        services(folder, base, {}),
        stoppingLayer(() => process.exit(130))
      )
    )
  )
  writeFileSync(new URL("../../docs/science.md", import.meta.url), page(outcomes, base.weightsHash))
})

await Effect.runPromise(program)
process.exit()
