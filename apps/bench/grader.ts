/**
 * `npm run bench -- grader [--write]`: the three graders against the labels of the official ones, the gold answers of the
 * benchmarks against themselves, and what it all costs. `--write` puts the numbers into docs/grading.md.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { goldGraded } from "../../learning/grading/gold-against-itself.ts"
import { agreement, type Family, labelled, overall, realFamilies } from "../../learning/grading/labelled-pairs.ts"
import { gradingModes } from "../../learning/grading/modes.ts"

const pairs = labelled()
if (pairs === null) {
  process.stderr.write("the labelled pairs are not here: ../shared/data/verify/verify_dev.jsonl\n")
  process.exit(2)
}

const percent = (part: number, whole: number): string => (whole === 0 ? "" : `${((100 * part) / whole).toFixed(2)} %`)

/** Pairs a CPU-second, over all real completions, some times over. */
const speed = (mode: (typeof gradingModes)[number]): number => {
  const real = pairs.filter(({ family }) => realFamilies.has(family))
  for (let warm = 0; warm < 2; warm++) agreement(real, mode)
  const from = process.cpuUsage()
  const rounds = 3
  for (let round = 0; round < rounds; round++) agreement(real, mode)
  const { system, user } = process.cpuUsage(from)
  return (rounds * real.length) / ((user + system) / 1e6)
}

const lines: Array<string> = []
lines.push(
  "| mode | against | real completions | all | false accepts | gave up | pairs a CPU-second, real |",
  "|---|---|---|---|---|---|---|"
)
const families = new Map<string, Map<string, Family>>()
for (const mode of gradingModes) {
  const byFamily = agreement(pairs, mode)
  families.set(mode, byFamily)
  const all = overall(byFamily)
  const real = overall(new Map([...byFamily].filter(([name]) => realFamilies.has(name))))
  const against = mode === "exact" ? "`intended`" : `\`labels.${mode}\``
  lines.push(
    `| \`${mode}\` | ${against} | ${real.agreed} of ${real.pairs}, ${percent(real.agreed, real.pairs)} | ${all.agreed} of ${all.pairs}, ${percent(all.agreed, all.pairs)} | ${all.falseAccepts} of ${all.negatives}, ${percent(all.falseAccepts, all.negatives)} | ${all.gaveUp} | ${Math.round(speed(mode) / 100) * 100} |`
  )
}

lines.push(
  "",
  "Families where a mode differs from its labels (agreed / pairs):",
  "",
  "| family | exact | deepscaler | qwen |",
  "|---|---|---|---|"
)
const names = [...new Set(pairs.map(({ family }) => family))].sort()
for (const name of names) {
  const own = gradingModes.map((mode) => families.get(mode)?.get(name))
  if (own.every((family) => family === undefined || family.agreed === family.pairs)) continue
  lines.push(
    `| ${name} | ${own.map((family) => (family === undefined ? "" : `${family.agreed} / ${family.pairs}`)).join(" | ")} |`
  )
}

const gold = goldGraded()
if (gold !== null) {
  lines.push(
    "",
    "Gold answers against themselves (accepted / problems):",
    "",
    "| benchmark | exact | deepscaler | qwen |",
    "|---|---|---|---|"
  )
  for (const [name, accepted] of gold)
    lines.push(`| ${name} | ${gradingModes.map((mode) => `${accepted[mode]} / ${accepted.problems}`).join(" | ")} |`)
}

const text = `${lines.join("\n")}\n`
process.stdout.write(text)

const document = fileURLToPath(new URL("../../docs/grading.md", import.meta.url))
if (process.argv.includes("--write") && existsSync(document)) {
  const [before, rest] = readFileSync(document, "utf8").split("<!-- numbers -->\n", 2)
  const after = rest.slice(rest.indexOf("<!-- end of numbers -->"))
  writeFileSync(document, `${before}<!-- numbers -->\n${text}${after}`)
}
