/**
 * How the page looks. Colours are Okabe and Ito's, told apart by readers with any colour vision; base and trained differ
 * in form as well. The page's policy names this text by its hash, so nothing else can style it.
 */
import { createHash } from "node:crypto"

export const stylesheet = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c1e21; --quiet: #5c6370; --line: #dfe2e6; --wash: #f6f7f8;
  --trained: #0072b2; --reward: #d55e00; --base: #6b7280;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --ink: #e6e8ea; --quiet: #9aa1ab; --line: #2e3238; --wash: #1c1f23;
    --trained: #56b4e9; --reward: #e69f00; --base: #a3a9b3;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); }
body {
  max-width: 62rem; margin: 0 auto; padding: 2.25rem 1.5rem 3rem;
  color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header { border-bottom: 1px solid var(--line); padding-bottom: 1.1rem; }
h1 { margin: 0; font-size: 1.55rem; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
h2 { margin: 2.25rem 0 .75rem; font-size: 1.05rem; font-weight: 650; }
h3 { margin: 0 0 .4rem; font-size: .85rem; font-weight: 650; }
p { margin: .5rem 0 0; max-width: 46rem; }
.kicker { margin: 0 0 .2rem; color: var(--quiet); font-size: .8rem; letter-spacing: .04em; }
.lede { font-size: 1.05rem; max-width: none; }
.lede b { font-variant-numeric: tabular-nums; font-weight: 650; }
.quiet { color: var(--quiet); }
.base { color: var(--base); }
.trained { color: var(--trained); }
.reward { color: var(--reward); }
code, pre, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code, .mono { font-size: .86em; }
figure { margin: 0; min-width: 0; }
figcaption { color: var(--quiet); font-size: .8rem; margin-bottom: .3rem; }
figcaption b { color: var(--ink); font-weight: 650; }
svg { display: block; width: 100%; height: auto; font-size: 11px; }
svg text { white-space: pre; }
.key { white-space: nowrap; margin-left: .9em; }
.charts { display: grid; grid-template-columns: 600fr 340fr; gap: 1.25rem 1.5rem; margin-top: 1.5rem; align-items: start; }
.measures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 1rem; margin-top: 1.25rem; }
.tables { display: grid; grid-template-columns: 6fr 5fr; gap: 1.5rem 2.5rem; align-items: start; }
.tables > div { min-width: 0; overflow-x: auto; }
.note { color: var(--quiet); font-size: .8rem; max-width: none; margin-top: .8rem; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); font-size: .8rem; padding-bottom: .35rem; }
th, td { text-align: right; padding: .24rem 0 .24rem .8rem; font-weight: 400; white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; white-space: normal; overflow-wrap: anywhere; min-width: 7.5rem; }
th[scope="colgroup"] { text-align: center; }
thead th { color: var(--quiet); font-size: .8rem; }
thead tr:last-child > * { border-bottom: 1px solid var(--line); }
thead tr:first-child > * { border-top: 1.5px solid var(--ink); }
tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink); }
td.trained { font-weight: 600; }
td.interval { text-align: left; padding-left: .4rem; color: var(--quiet); font-size: .78rem; }
.sample { border-top: 1px solid var(--line); padding: .8rem 0 .9rem; display: grid; grid-template-columns: 1fr 1fr; gap: .5rem 1.5rem; }
.sample > h3 { grid-column: 1 / -1; font-size: .92rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
.sample > h3 span { font-weight: 400; color: var(--quiet); margin-left: .8em; font-size: .87em; }
.answer { min-width: 0; }
.answer h4 { margin: 0 0 .25rem; font-size: .8rem; font-weight: 650; }
.answer h4 span { font-weight: 400; color: var(--quiet); margin-left: .6em; }
.answer pre {
  margin: 0; padding: .55rem .7rem; max-height: 22rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere;
  font-size: .82rem; line-height: 1.45; background: var(--wash); border-left: 3px solid var(--line);
}
.answer.right pre { border-left-color: var(--trained); }
.answer.wrong pre { border-left-color: var(--reward); border-left-style: dashed; }
.facts { columns: 3 15rem; column-gap: 2.5rem; margin: 0; font-size: .8rem; }
.facts.wide { columns: 1; max-width: 46rem; }
.facts div { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; padding: .12rem 0; border-bottom: 1px solid var(--line); break-inside: avoid; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; min-width: 0; }
.commands { margin: 0; padding: .8rem 1rem; background: var(--wash); font-size: .8rem; line-height: 1.7; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 48rem) {
  .charts, .tables, .sample { grid-template-columns: 1fr; }
  .measures { grid-template-columns: 1fr 1fr; }
  .charts figure + figure svg { max-width: 24rem; }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --ink: #000; --quiet: #444; --line: #ccc; --wash: #fff;
    --trained: #0072b2; --reward: #d55e00; --base: #6b7280;
  }
  body { padding: 0; font-size: 10pt; }
  .sample, figure, table { break-inside: avoid; }
  .answer pre { max-height: none; }
}
`

/** Nothing is fetched, run or sent; this stylesheet is the only one. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(stylesheet).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'"
].join("; ")
