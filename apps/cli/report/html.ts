/**
 * The report of a run as one HTML page that needs nothing else: no network, no scripts, one stylesheet. What a model
 * wrote stands in it as text only.
 */
import { accuracyChart, familyChart, measureChart, measures } from "./charts.ts"
import { chosenText } from "./chosen.ts"
import { type Fact, factsOf } from "./facts.ts"
import {
  type Comparison,
  change,
  type FamilyComparison,
  type Figure,
  families,
  headline,
  heldOutProblems,
  samplesPerProblem,
  share,
  signed
} from "./figures.ts"
import { html, type Markup, trusted } from "./markup.ts"
import { markOf } from "./samples.ts"
import { contentSecurityPolicy, stylesheet } from "./stylesheet.ts"
import type { RunSummary, SampleBeforeAfter } from "./summary.ts"

const nothing: Markup = trusted("")

const value = (of: Figure | null): string => (of === null ? "–" : share(of.value))

const interval = (of: Figure | null): string =>
  of?.interval == null ? "" : `[${share(of.interval[0])}, ${share(of.interval[1])}]`

const difference = (comparison: Comparison): string => {
  const by = change(comparison)
  return by === null ? "–" : signed(by)
}

/** More examples than this are counted, not shown. */
const mostExamples = 3

/** What the run was trained on, text and answer. */
const examples = ({ config }: RunSummary): Markup => {
  if (config.prompts.length > mostExamples) return html`${config.prompts.length} examples`
  const shown = config.prompts.map(
    ({ answer: reference, promptId, text }, index) =>
      html`${index === 0 ? "" : ", "}<code>${text.trim()}</code> <span class="quiet">= ${reference} (${promptId})</span>`
  )
  return html`${shown.length === 1 ? "one example, " : `${shown.length} examples, `}${shown}`
}

/** The run in two sentences. */
const lede = (summary: RunSummary): Markup => {
  const [greedy] = headline(summary)
  const { config, steps } = summary
  const rollouts = config.prompts.length * config.copies * config.groupSize
  return html`<p class="lede">Trained on ${examples(summary)}. After ${steps} ${steps === 1 ? "update" : "updates"} of
${rollouts} rollouts, greedy accuracy on ${heldOutProblems(summary)} held-out problems went from
<b class="base">${value(greedy.base)}</b> to <b class="trained">${value(greedy.trained)}</b> (${difference(greedy)}).</p>`
}

const header = (summary: RunSummary): Markup => html`<header>
<p class="kicker">Onefold ${summary.codeVersion}, run report</p>
<h1>${summary.runId}</h1>
${lede(summary)}
</header>`

const charts = (summary: RunSummary): Markup => {
  const byFamily = familyChart(summary)
  return html`<section aria-label="Curves">
<div class="charts">
<figure><figcaption><b>Accuracy over steps</b> <span class="key trained">●&nbsp;held-out greedy, 95&nbsp;% band</span>
<span class="key reward">━&nbsp;training reward</span></figcaption>${accuracyChart(summary)}</figure>
${
  byFamily === null
    ? nothing
    : html`<figure><figcaption><b>By family</b> <span class="key base">○&nbsp;base</span>
<span class="key trained">●&nbsp;trained</span></figcaption>${byFamily}</figure>`
}
</div>
<div class="measures">
${measures.map(
  (measure) =>
    html`<figure><figcaption><b>${measure.name}</b>, ${measure.unit}</figcaption>${measureChart(summary, measure)}</figure>`
)}
</div>
</section>`
}

const headlineRow = (comparison: Comparison): Markup => {
  const { base, label, trained } = comparison
  return html`<tr><th scope="row">${label}</th>
<td>${value(base)}</td><td class="interval">${interval(base)}</td>
<td class="trained">${value(trained)}</td><td class="interval">${interval(trained)}</td>
<td>${difference(comparison)}</td></tr>`
}

const familyRow = ({
  family,
  greedy,
  problems,
  sampled
}: FamilyComparison): Markup => html`<tr><th scope="row">${family}</th>
<td>${problems}</td><td>${value(greedy.base)}</td><td class="trained">${value(greedy.trained)}</td>
<td>${value(sampled.base)}</td><td class="trained">${value(sampled.trained)}</td></tr>`

/** How the figures were taken. */
const tableNote = (summary: RunSummary): Markup => {
  const { maxTokens, temperature, testSeed } = summary.config.evaluation
  const k = samplesPerProblem(summary)
  return html`<p class="note">greedy: one answer a problem at temperature 0. avg@${k}, pass@${k}, boxed and training example:
${k} answers a problem at temperature ${temperature}; boxed is the share of them with an answer in a box. At most ${maxTokens}
tokens an answer; test seed ${testSeed}. Intervals are over draws of problems.</p>`
}

/** Which checkpoint to take. */
const chosen = (summary: RunSummary): Markup => {
  const text = chosenText(summary)
  return text === null ? nothing : html`<p class="chosen"><b>Chosen:</b> ${text}</p>`
}

const tables = (summary: RunSummary): Markup => {
  const byFamily = families(summary)
  const k = samplesPerProblem(summary)
  return html`<h2>Base against trained</h2>
<div class="tables">
<div><table><caption>Over all held-out problems, with 95&nbsp;% intervals</caption>
<thead><tr><td></td><th scope="col">base</th><td></td><th scope="col">trained</th><td></td><th scope="col">change</th></tr></thead>
<tbody>${headline(summary).map(headlineRow)}</tbody></table></div>
${
  byFamily.length === 0
    ? nothing
    : html`<div><table><caption>Family by family</caption>
<thead><tr><td></td><td></td><th scope="colgroup" colspan="2">greedy</th><th scope="colgroup" colspan="2">avg@${k}</th></tr>
<tr><th scope="col">family</th><th scope="col">n</th><th scope="col">base</th><th scope="col">trained</th><th scope="col">base</th><th scope="col">trained</th></tr></thead>
<tbody>${byFamily.map(familyRow)}</tbody></table></div>`
}
</div>
${tableNote(summary)}
${chosen(summary)}`
}

const marks = { right: "✓", wrong: "✗", unknown: "?" } as const

const answer = (name: string, { text, verdict }: SampleBeforeAfter["before"]): Markup => {
  const mark = markOf(verdict)
  return html`<div class="answer ${mark}"><h4>${marks[mark]} ${name}<span>${verdict}</span></h4><pre>${text}</pre></div>`
}

const sample = ({ after, answer: reference, before, problem, problemId }: SampleBeforeAfter): Markup => html`
<article class="sample"><h3>${problem.trim()}<span>= ${reference}</span><span>${problemId}</span></h3>
${answer("before", before)}
${answer("after", after)}</article>`

const samples = (summary: RunSummary): Markup =>
  summary.samples.length === 0
    ? nothing
    : html`<h2>The same problems, before and after</h2>${summary.samples.map(sample)}`

const factList = (title: string, facts: ReadonlyArray<Fact>, kind: "facts" | "facts wide"): Markup =>
  facts.length === 0
    ? nothing
    : html`<h2>${title}</h2><dl class="${kind}">${facts.map(
        ({ name, text }) => html`<div><dt>${name}</dt><dd class="mono">${text}</dd></div>`
      )}</dl>`

/** What to type to see, take along and question this run. */
const commands = ({ runId }: RunSummary): Markup => html`<h2>Further</h2>
<pre class="commands">onefold show ${runId}
onefold export ${runId} ./policy
onefold sql &quot;SELECT step, avg(entropy) FROM tokens WHERE run = &#39;${runId}&#39; GROUP BY step ORDER BY step&quot;
onefold run --help</pre>`

/** The configuration; the examples are told above and counted here, the base's hash stands among the hashes. */
const settings = ({ config }: RunSummary): ReadonlyArray<Fact> =>
  factsOf({ ...config, model: config.model.name, prompts: config.prompts.length })

const provenance = (summary: RunSummary): Markup => html`
${factList("Configuration", settings(summary), "facts")}
${factList("SHA-256", [...factsOf(summary.hashes), { name: "trained weights", text: summary.weightsSha256 }], "facts wide")}
${factList("Environment", [...factsOf(summary.environment), { name: "code", text: summary.codeVersion }], "facts")}`

/** The whole file's text, ending in a newline. The same summary gives the same text. */
export const renderReport = (summary: RunSummary): string => {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(contentSecurityPolicy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Onefold run ${summary.runId}</title>
<style>${trusted(stylesheet)}</style>
</head>
<body>
${header(summary)}
<main>
${charts(summary)}
${tables(summary)}
${samples(summary)}
${provenance(summary)}
${commands(summary)}
</main>
</body>
</html>
`
  return page.markup
}
