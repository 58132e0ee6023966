/**
 * One answer for a terminal: its tokens on the colours of a figure, or in a table with all their figures where there is no
 * colour. The texts are a model's and made printable here.
 */
import { type Measure, measured, type TokenFigures } from "../token-figures.ts"
import { columnsOf } from "./columns.ts"
import { aligned, cell } from "./grid.ts"
import { printable, printableLine } from "./hostile-text.ts"
import { markOf } from "./samples.ts"
import { legend, scaleOf, shaded } from "./scale.ts"
import { meanOf, type ShownAnswer } from "./shown-answer.ts"
import { absent, paint, type Terminal } from "./terminal.ts"

/** What lies in the middle of a figure's scale; null where it goes one way. */
const centres: Readonly<Record<Measure, number | null>> = {
  "log-prob": null,
  entropy: null,
  advantage: 0,
  ratio: 1,
  kl: 0
}

const units: Readonly<Record<Measure, string>> = {
  "log-prob": "log-prob when it was sampled, in nats",
  entropy: "entropy of the distribution it was drawn from, in nats",
  advantage: "advantage, as the run computes it",
  ratio: "ratio of its probability before the update to that when it was sampled",
  kl: "estimate of the KL to the base, in nats"
}

const figure = (value: number): string => {
  const digits = Math.abs(value) > 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : value.toFixed(3)
  return digits.replace(/^-(0\.0+)$/, "$1")
}

/** A token on one line. Nothing of it acts on a terminal, whatever stands before or behind it. */
export const tokenText = (token: string): string => printable(token).replaceAll("\n", "⏎")

/** Tokens side by side, as wide as the terminal; a line ends where a token ends one. */
const flowing = (
  { tokenTexts }: ShownAnswer,
  terminal: Terminal,
  paintToken: (text: string, t: number) => string
): ReadonlyArray<string> => {
  const lines: Array<string> = [""]
  let used = 0
  for (const [t, token] of tokenTexts.entries()) {
    const text = tokenText(token)
    const columns = columnsOf(text)
    if (used > 0 && used + columns > terminal.width - 2) {
      lines.push("")
      used = 0
    }
    lines[lines.length - 1] += paintToken(text, t)
    used = token.endsWith("\n") ? terminal.width : used + columns
  }
  return lines
}

const columnsOfTable: ReadonlyArray<readonly [name: string, of: (figures: TokenFigures) => Float32Array | null]> = [
  ["log-prob", ({ logProbs }) => logProbs],
  ["entropy", ({ entropies }) => entropies],
  ["advantage", ({ advantages }) => advantages],
  ["ratio", ({ ratios }) => ratios],
  ["kl", ({ kls }) => kls]
]

/** A line for each token with what is known of it. */
const tokenTable = ({ figures, tokens, tokenTexts }: ShownAnswer, terminal: Terminal): ReadonlyArray<string> => {
  const known = columnsOfTable.flatMap(([name, of]) => {
    const values = of(figures)
    return values === null ? [] : [{ name, values }]
  })
  const header = ["at", "id", "token", ...known.map(({ name }) => name)]
  const rows = tokenTexts.map((token, t) => [
    String(t),
    String(tokens[t]),
    JSON.stringify(tokenText(token)),
    ...known.map(({ values }) => figure(values[t]))
  ])
  const cells = [header, ...rows].map((row) => row.map((text) => cell(terminal, text)))
  return aligned(cells, ["right", "right", "left", ...known.map(() => "right" as const)]).map(({ shown }) => shown)
}

/** The response, and what its colours mean. */
const responseLines = (answer: ShownAnswer, by: Measure, terminal: Terminal): ReadonlyArray<string> => {
  const values = measured(answer.figures, by)
  if (answer.tokens.length === 0) return ["(empty)"]
  if (!terminal.color || values === null)
    return [...flowing(answer, terminal, (text) => text), "", ...tokenTable(answer, terminal)]
  const scale = scaleOf(Array.from(values), centres[by])
  const said = `${paint(terminal, "quiet", `${units[by]}:`)} ${legend(terminal, scale, figure)}`
  return [...flowing(answer, terminal, (text, t) => shaded(terminal, scale, values[t], text)), said]
}

const verdictText = ({ gold, judgement }: ShownAnswer, terminal: Terminal): string => {
  if (judgement === null) return "not graded yet"
  const { extracted, rule, verdict } = judgement
  const mark = markOf(verdict)
  const said = paint(terminal, mark === "unknown" ? "quiet" : mark, verdict)
  const found = extracted === null ? "no answer found" : `answer ${printableLine(extracted)}`
  return `${said}: ${found}, gold ${gold === null ? absent(terminal) : printableLine(gold)}; rule ${printableLine(rule)}`
}

const judgedLines = ({ judgement }: ShownAnswer): ReadonlyArray<readonly [string, string]> => {
  if (judgement === null) return []
  const { earned, grader } = judgement
  const by: ReadonlyArray<readonly [string, string]> = [["grader", printableLine(grader)]]
  if (earned === null) return by
  return [["reward", `${earned.reward ?? "unknown"} by ${printableLine(earned.by)}`], ...by]
}

const learnedText = ({ learnedIn, test }: ShownAnswer): string | null => {
  if (test !== null) return null
  if (learnedIn === null) return "none yet"
  const { gradientHash, shard, shards, update } = learnedIn
  return `${shard} of ${shards} of update ${update}, gradient sha256 ${gradientHash}`
}

const facts = (answer: ShownAnswer, terminal: Terminal): ReadonlyArray<readonly [string, string]> => {
  const { figures, stop, tokens } = answer
  const mean = (values: Float32Array | null) => {
    const value = meanOf(values)
    return value === null ? absent(terminal) : `${figure(value)} nats`
  }
  const learned = learnedText(answer)
  return [
    ["verdict", verdictText(answer, terminal)],
    ...judgedLines(answer),
    ["stop", `${stop} after ${tokens.length} tokens`],
    ["means", `log-prob ${mean(figures.logProbs)}, entropy ${mean(figures.entropies)}`],
    ["policy", `${answer.step}, sha256 ${answer.policyHash}`],
    ...(learned === null ? [] : [["shard", learned] as const]),
    ...answer.eventIds.map((id, i) => [i === 0 ? "events" : "", printableLine(id)] as const)
  ]
}

/** Lines without a newline at the end. */
export const answerText = (answer: ShownAnswer, by: Measure, terminal: Terminal): string => {
  const { id, prompt, runId, sample, step, test } = answer
  const what = test === null ? "rollout" : `answer to ${test},`
  const title = `${what} ${printableLine(id)}, sample ${sample}, step ${step} of ${runId}`
  const asked = prompt === null ? ["(what it was asked is not among the artifacts)"] : printable(prompt).split("\n")
  return [
    paint(terminal, "title", title),
    "",
    paint(terminal, "quiet", "prompt"),
    ...asked,
    paint(terminal, "quiet", "response"),
    ...responseLines(answer, by, terminal),
    "",
    ...facts(answer, terminal).map(([name, text]) => `${paint(terminal, "quiet", name.padEnd(8))} ${text}`)
  ].join("\n")
}
