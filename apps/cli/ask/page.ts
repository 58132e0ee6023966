/**
 * A question and its answer as one HTML page that needs nothing else: the picture, the rows, the SQL.
 */
import type { NamedQuestion } from "../../../platform/history/named-question.ts"
import { html, type Markup, trusted } from "../report/markup.ts"
import { contentSecurityPolicy, stylesheet } from "../report/stylesheet.ts"
import { cellText, type Drawing, type Table } from "./picture.ts"
import type { Row } from "./rows.ts"
import { svgPicture } from "./svg-picture.ts"

/** Rows beyond these are counted. */
const mostRows = 500

const rowsTable = (rows: ReadonlyArray<Row>): Markup => {
  const names = Object.keys(rows[0] ?? {})
  const body = rows
    .slice(0, mostRows)
    .map((row) => html`<tr>${names.map((name) => html`<td>${cellText(row[name])}</td>`)}</tr>\n`)
  const more = rows.length > mostRows ? html`<p class="note">and ${rows.length - mostRows} more rows</p>` : trusted("")
  return html`<div><table><thead><tr>${names.map((name) => html`<th>${name}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>${more}`
}

export const answerPage = (question: NamedQuestion, picture: Drawing | Table, rows: ReadonlyArray<Row>): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${picture.title} – ${picture.subtitle}</title>
<style>${trusted(stylesheet)}</style>
</head>
<body>
<header><p class="kicker">Onefold, question ${question.name}</p><h1>${picture.title}</h1><p>${question.answers}</p></header>
<h2>Picture</h2>
<figure>${trusted(svgPicture(picture))}</figure>
<h2>Rows</h2>
${rowsTable(rows)}
<h2>Statement</h2>
<pre class="commands">${question.sql}</pre>
</body>
</html>
`.markup
