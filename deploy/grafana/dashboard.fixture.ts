/**
 * The dashboards as Grafana reads them, and what Grafana makes of a question before it asks it: macros and variables put in.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"

const Datasource = Schema.Struct({ type: Schema.String, uid: Schema.String })

const Target = Schema.Struct({
  refId: Schema.String,
  datasource: Datasource,
  expr: Schema.optionalKey(Schema.String),
  rawSql: Schema.optionalKey(Schema.String)
})

const Panel = Schema.Struct({
  id: Schema.Int,
  title: Schema.NonEmptyString,
  description: Schema.NonEmptyString,
  type: Schema.Literals(["timeseries", "trend", "table"]),
  datasource: Datasource,
  gridPos: Schema.Struct({ x: Schema.Int, y: Schema.Int, w: Schema.Int, h: Schema.Int }),
  options: Schema.Struct({ xField: Schema.optionalKey(Schema.String) }),
  targets: Schema.NonEmptyArray(Target)
})
export type Panel = typeof Panel.Type

const Dashboard = Schema.fromJsonString(
  Schema.Struct({
    uid: Schema.NonEmptyString,
    title: Schema.NonEmptyString,
    schemaVersion: Schema.Int,
    templating: Schema.Struct({
      list: Schema.Array(Schema.Struct({ name: Schema.String, datasource: Datasource, query: Schema.String }))
    }),
    panels: Schema.NonEmptyArray(Panel)
  })
)

export const dashboardOf = (name: "pipeline" | "training"): typeof Dashboard.Type =>
  Schema.decodeUnknownSync(Dashboard)(readFileSync(join(import.meta.dirname, `dashboards/${name}.json`), "utf8"))

/** Macros of the ClickHouse datasource that are used here, each with what it may become: all of time, minute by minute. */
const macros: ReadonlyArray<readonly [RegExp, string]> = [
  [/\$__timeFilter\((\w+)\)/g, "$1 >= toDateTime(0) AND $1 <= toDateTime(4102444800)"],
  [/\$__timeInterval\((\w+)\)/g, "toStartOfInterval(toDateTime($1), INTERVAL 60 second)"]
]

/** A question as ClickHouse gets it. Throws where a macro or a variable is left that nobody has a value for. */
export const asked = (sql: string, variables: ReadonlyMap<string, string>): string => {
  const expanded = macros.reduce((text, [macro, becomes]) => text.replace(macro, becomes), sql)
  const filled = expanded.replace(/\$\{(\w+):sqlstring\}/g, (whole, name) => {
    const value = variables.get(name)
    return value === undefined ? whole : `'${value.replaceAll("'", "''")}'`
  })
  if (filled.includes("$")) throw new Error(`nobody has a value for ${/\$[\w{:}]*/.exec(filled)?.[0]}`)
  return filled
}

/** What a question in PromQL speaks of: series by name, and every label that it chooses or groups by. */
export const spokenOf = (
  promql: string
): { readonly names: ReadonlyArray<string>; readonly labels: ReadonlyArray<string> } => {
  const grouping = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g
  const choosing = /\{([^}]*)\}/g
  const labels = [
    ...[...promql.matchAll(grouping)].flatMap(([, list]) => list.split(",")),
    ...[...promql.matchAll(choosing)].flatMap(([, list]) =>
      [...list.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label)
    )
  ]
  const rest = promql
    .replace(grouping, " ")
    .replace(choosing, " ")
    .replace(/\[[^\]]*\]/g, " ")
  return {
    names: [...rest.matchAll(/\b([a-z_][a-z0-9_:]*)\b(?!\s*\()/g)]
      .map(([, name]) => name)
      .filter((name) => !operators.includes(name)),
    labels: labels.map((label) => label.trim()).filter((label) => label !== "")
  }
}

/** Words that are no series, with and without parentheses after what belongs to them. */
const operators = ["sum", "max", "min", "avg", "count", "and", "or", "unless", "bool", "offset"]
