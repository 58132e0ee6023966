/**
 * `npm run bench -- grader [--write]`: the three graders against the labels of the official ones, the gold answers of the
 * benchmarks against themselves, and what it all costs. `--write` puts the numbers into docs/grading.md.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { goldGraded } from "../../learning/grading/gold-against-itself.ts"
import { grade } from "../../learning/grading/grade.ts"
import {
  agreement,
  type Family,
  type LabelledPair,
  labelled,
  overall,
  realFamilies
} from "../../learning/grading/labelled-pairs.ts"
import { type GradingMode, gradingModes } from "../../learning/grading/modes.ts"

const percent = (part: number, whole: number): string => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(2)} %`)
const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => [
  "",
  row(head),
  row(head.map(() => "---")),
  ...rows.map(row)
]

const isReal = ({ family }: LabelledPair): boolean => realFamilies.has(family)

/** Pairs a CPU-second over all real completions, some times over. */
const speed = (pairs: ReadonlyArray<LabelledPair>, mode: GradingMode): number => {
  const real = pairs.filter(isReal)
  for (let warm = 0; warm < 2; warm++) agreement(real, mode)
  const from = process.cpuUsage()
  const rounds = 3
  for (let round = 0; round < rounds; round++) agreement(real, mode)
  const { system, user } = process.cpuUsage(from)
  return (rounds * real.length) / ((user + system) / 1e6)
}

const summary = (pairs: ReadonlyArray<LabelledPair>): ReadonlyArray<string> =>
  table(
    ["mode", "against", "real completions", "all", "false accepts", "gave up", "pairs a CPU-second, real"],
    gradingModes.map((mode) => {
      const all = overall(agreement(pairs, mode))
      const real = overall(agreement(pairs.filter(isReal), mode))
      return [
        `\`${mode}\``,
        mode === "exact" ? "`intended`" : `\`labels.${mode}\``,
        `${real.agreed} of ${real.pairs}, ${percent(real.agreed, real.pairs)}`,
        `${all.agreed} of ${all.pairs}, ${percent(all.agreed, all.pairs)}`,
        `${all.falseAccepts} of ${all.negatives}, ${percent(all.falseAccepts, all.negatives)}`,
        `${all.gaveUp}`,
        `${Math.round(speed(pairs, mode) / 1000)},000`
      ]
    })
  )

const officials = ["qwen", "deepscaler", "math_verify"] as const

/** Every verdict on every pair: of ours, and of the official graders. */
const verdictsOf = (pairs: ReadonlyArray<LabelledPair>): ReadonlyMap<string, ReadonlyArray<boolean>> => {
  const ours = gradingModes.map((mode): readonly [string, ReadonlyArray<boolean>] => [
    `ours: \`${mode}\``,
    pairs.map(
      ({ completion, data_name: dataName, gold, id }) =>
        grade({ id, text: completion, reference: gold, mode, dataName, where: "anywhere" }).verdict === "correct"
    )
  ])
  return new Map([
    ...ours,
    ...officials.map((name): readonly [string, ReadonlyArray<boolean>] => [
      `official: ${name}`,
      pairs.map(({ labels }) => labels[name])
    ])
  ])
}

const shareOfSame = (a: ReadonlyArray<boolean>, b: ReadonlyArray<boolean>): string =>
  percent(a.filter((verdict, at) => verdict === b[at]).length, a.length)

const oneAgainstAnother = (pairs: ReadonlyArray<LabelledPair>): ReadonlyArray<string> => {
  const real = verdictsOf(pairs.filter(isReal))
  const others = verdictsOf(pairs.filter((pair) => !isReal(pair)))
  return table(
    ["real completions / variants", ...officials],
    [...real].map(([name, verdicts]) => [
      name,
      ...officials.map((official) => {
        const [a, b] = [real.get(`official: ${official}`) ?? [], others.get(`official: ${official}`) ?? []]
        return `${shareOfSame(verdicts, a)} / ${shareOfSame(others.get(name) ?? [], b)}`
      })
    ])
  )
}

const cell = (family: Family | undefined): string => (family === undefined ? "" : `${family.agreed} / ${family.pairs}`)

/** Families whose names begin alike, and by name those where a mode differs from its labels. */
const byFamily = (pairs: ReadonlyArray<LabelledPair>): ReadonlyArray<string> => {
  const kinds = pairs.map((pair) => ({ ...pair, family: isReal(pair) ? pair.family : pair.family.split("_", 1)[0] }))
  const lines = (among: ReadonlyArray<LabelledPair>, onlyDifferent: boolean): ReadonlyArray<ReadonlyArray<string>> => {
    const found = gradingModes.map((mode) => agreement(among, mode))
    const isSame = (family: Family | undefined): boolean => family === undefined || family.agreed === family.pairs
    return [...new Set(among.map(({ family }) => family))]
      .sort()
      .filter((name) => !onlyDifferent || !found.every((families) => isSame(families.get(name))))
      .map((name) => [name, ...found.map((families) => cell(families.get(name)))])
  }
  return [
    ...table(["families", ...gradingModes], lines(kinds, false)),
    "",
    "The families in which a mode differs from its labels:",
    ...table(["family", ...gradingModes], lines(pairs, true))
  ]
}

const goldTable = (): ReadonlyArray<string> => {
  const gold = goldGraded()
  if (gold === null) return []
  const rows = [...gold].map(([name, accepted]) => [
    name,
    ...gradingModes.map((mode) => `${accepted[mode]} / ${accepted.problems}`)
  ])
  return ["", "Gold answers in a box, against themselves:", ...table(["benchmark", ...gradingModes], rows)]
}

const report = (pairs: ReadonlyArray<LabelledPair>): string =>
  [
    ...summary(pairs),
    "",
    "How often two give the same verdict:",
    ...oneAgainstAnother(pairs),
    "",
    "Agreed / pairs by kind of family (`exact` where what was intended is known):",
    ...byFamily(pairs),
    ...goldTable(),
    ""
  ].join("\n")

const pairs = labelled()
if (pairs === null) {
  process.stderr.write("the labelled pairs are not here: ../shared/data/verify/verify_dev.jsonl\n")
  process.exit(2)
}
const text = report(pairs)
process.stdout.write(text)

const document = fileURLToPath(new URL("../../docs/grading.md", import.meta.url))
if (process.argv.includes("--write") && existsSync(document)) {
  const [before, rest] = readFileSync(document, "utf8").split("<!-- numbers -->\n", 2)
  const after = rest.slice(rest.indexOf("<!-- end of numbers -->"))
  writeFileSync(document, `${before}<!-- numbers -->\n${text}\n${after}`)
}
