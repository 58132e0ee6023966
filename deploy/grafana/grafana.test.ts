/**
 * deploy/grafana: every SQL question is asked of a history with known runs, every PromQL question is about metrics that
 * workers have, and everything that is named by uid is provisioned.
 */
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { openHistory, otherId, runId } from "../../platform/history/asked-history.fixture.ts"
import { ComposeFile } from "../compose.fixture.ts"
import { metrics } from "../worker-promises.fixture.ts"
import { documentsOf } from "../yaml-file.fixture.ts"
import { asked, dashboardOf, type Panel, spokenOf } from "./dashboard.fixture.ts"

const history = openHistory()
afterAll(history.close)

const pipeline = dashboardOf("pipeline")
const training = dashboardOf("training")
const both = [pipeline, training]
const titled = (panels: ReadonlyArray<Panel>) => panels.map((panel): readonly [string, Panel] => [panel.title, panel])

const variables = new Map([
  ["run", runId],
  ["protocol", "avg@2"]
])
const sqlOf = ({ targets: [{ rawSql = "" }] }: Panel): string => rawSql

describe("Training", () => {
  it.each(titled(training.panels))("%s has an answer in the history", async (_, panel) => {
    const rows = await history.ask(asked(sqlOf(panel), variables))
    assert.isNotEmpty(rows)
    const { xField } = panel.options
    if (panel.type === "trend") {
      assert.strictEqual(xField, "step")
      const steps = rows.map(({ step }) => Number(step))
      assert.deepStrictEqual(
        steps,
        [...new Set(steps)].sort((a, b) => a - b),
        "Grafana draws ascending steps only"
      )
      for (const row of rows) for (const value of Object.values(row)) assert.isNumber(value)
    }
    if (panel.type === "timeseries") assert.containsAllKeys(rows[0], ["time"])
  })

  it.each(titled(training.panels))("%s is about the run that was chosen", async (title, panel) => {
    const of = async (run: string) => history.ask(asked(sqlOf(panel), new Map([...variables, ["run", run]])))
    if (title === "Runs") assert.deepStrictEqual(await of("nobody"), await of(runId))
    else assert.isEmpty(await of("nobody"))
  })

  it("offers every run, and the tests that it sat", async () => {
    const [runs, tests] = training.templating.list
    assert.includeMembers(
      (await history.ask(asked(runs.query, variables))).map(({ run }) => run),
      [runId, otherId]
    )
    const protocols = (await history.ask(asked(tests.query, variables))).map(({ protocol }) => protocol)
    assert.include(protocols, "avg@2")
  })

  it("shows what was asked for: accuracy, entropy, KL, clip fraction, response length and gradient norm", async () => {
    const columns = new Set<string>()
    for (const panel of training.panels)
      for (const [row] of [await history.ask(asked(sqlOf(panel), variables))])
        for (const key of Object.keys(row)) columns.add(key)
    assert.containsAllKeys(Object.fromEntries([...columns].map((column) => [column, true])), [
      ...["accuracy", "low", "high", "entropy", "kl", "clip_fraction", "response_length", "gradient_norm"]
    ])
  })

  it.each(["SELECT stepp FROM policies", "SELECT step FROM policy", "SELECT step FROM policies WHERE"])(
    "given %s, then the history refuses it",
    async (sql) => {
      const answer = await history.ask(sql).then(
        () => "answered",
        () => "refused"
      )
      assert.strictEqual(answer, "refused")
    }
  )

  it.each(["$__fromTime", "$" + "{run}", "$run", "$" + "{nobody:sqlstring}"])(
    "given %s left in it, then it is no question",
    (left) => assert.throws(() => asked(`SELECT 1 WHERE x = ${left}`, variables), /nobody has a value/)
  )
})

/** Labels that Prometheus gives to everything that it scrapes, and a histogram's own. */
const ofPrometheus = ["job", "instance"]

const metricOf = (series: string) =>
  [...metrics].find(([name, { kind }]) =>
    kind === "histogram" ? ["_bucket", "_sum", "_count"].some((end) => series === `${name}${end}`) : series === name
  )

/** What is wrong with a question to Prometheus. */
const faultsOfPromql = (expr: string): ReadonlyArray<string> => {
  const { labels, names } = spokenOf(expr)
  const found = names.filter((name) => name !== "up").map((name) => ({ name, metric: metricOf(name) }))
  const has = new Set([...found.flatMap(({ metric }) => metric?.[1].labels ?? []), ...ofPrometheus])
  if (names.some((name) => name.endsWith("_bucket"))) has.add("le")
  return [
    ...(names.length === 0 ? ["it is about nothing"] : []),
    ...found.filter(({ metric }) => metric === undefined).map(({ name }) => `no worker has ${name}`),
    ...labels.filter((label) => !has.has(label)).map((label) => `none of its metrics has the label ${label}`),
    ...found
      .filter(
        ({ metric, name }) => metric?.[1].kind === "counter" && !new RegExp(`(rate|increase)\\(${name}\\b`).test(expr)
      )
      .map(({ name }) => `${name} only ever grows: ask for its rate`)
  ]
}

const questions = pipeline.panels.flatMap(({ targets }) =>
  targets.flatMap(({ expr }) => (expr === undefined ? [] : [expr]))
)

describe("Pipeline", () => {
  it.each(questions)("%s is about metrics that workers have", (expr) =>
    assert.deepStrictEqual(faultsOfPromql(expr), [])
  )

  it("leaves out none of them", () => {
    const seen = new Set(questions.flatMap((expr) => spokenOf(expr).names.map((name) => metricOf(name)?.[0])))
    for (const name of metrics.keys()) assert.isTrue(seen.has(name), name)
  })

  it.each([
    ["sum by (stage) (rate(onefold_stage_event_total[5m]))", "no worker has onefold_stage_event_total"],
    ["sum by (topic) (rate(onefold_stage_events_total[5m]))", "has the label topic"],
    ['onefold_runs{state="open"}', "has the label state"],
    ["sum(onefold_stage_batch_seconds)", "no worker has onefold_stage_batch_seconds"],
    ["sum(onefold_blob_cache_hits_total)", "only ever grows"],
    ["sum(1)", "it is about nothing"]
  ])("given %s, then: %s", (expr, fault) => assert.include(faultsOfPromql(expr).join("\n"), fault))
})

const Sources = Schema.Struct({
  datasources: Schema.Array(
    Schema.Struct({
      uid: Schema.String,
      type: Schema.String,
      url: Schema.optionalKey(Schema.String),
      jsonData: Schema.Struct({
        host: Schema.optionalKey(Schema.String),
        defaultDatabase: Schema.optionalKey(Schema.String)
      }),
      secureJsonData: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
    })
  )
})
const sources = Schema.decodeUnknownSync(Sources)(
  documentsOf("grafana/provisioning/datasources/datasources.yaml")[0]
).datasources
const { services } = Schema.decodeUnknownSync(ComposeFile)(documentsOf("compose.yaml")[0])

describe("the provisioning", () => {
  it("has every datasource that a panel or a variable names", () => {
    const given = sources.map(({ type, uid }) => `${type} ${uid}`)
    for (const { panels, templating } of both) {
      const named = [...panels, ...panels.flatMap(({ targets }) => targets), ...templating.list]
      for (const { datasource } of named) assert.include(given, `${datasource.type} ${datasource.uid}`)
    }
  })

  it("points at services of compose.yaml, with a password from their environment and a plugin that is fetched", () => {
    for (const { jsonData, secureJsonData = {}, type, url } of sources) {
      assert.property(services, jsonData.host ?? new URL(url ?? "").hostname)
      for (const value of Object.values(secureJsonData)) assert.property(services.grafana.environment, value.slice(1))
      if (type !== "prometheus")
        assert.match(
          String(services.grafana.environment?.GF_PLUGINS_PREINSTALL_SYNC),
          new RegExp(`^${type}@\\d+\\.\\d+\\.\\d+$`)
        )
    }
    assert.deepStrictEqual(sources.map(({ jsonData }) => jsonData.defaultDatabase).filter(Boolean), ["onefold"])
  })

  it("reads dashboards where compose.yaml puts them", () => {
    const [provider] = Schema.decodeUnknownSync(
      Schema.Struct({
        providers: Schema.Tuple([Schema.Struct({ options: Schema.Struct({ path: Schema.String }) })])
      })
    )(documentsOf("grafana/provisioning/dashboards/dashboards.yaml")[0]).providers
    assert.include(services.grafana.volumes ?? [], `./grafana/dashboards:${provider.options.path}:ro`)
    assert.include(services.grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH, provider.options.path)
  })
})

describe.each(both)("$title", ({ panels, schemaVersion, uid }) => {
  it("has panels of their own number and place", () => {
    assert.strictEqual(new Set(panels.map(({ id }) => id)).size, panels.length)
    assert.strictEqual(new Set(panels.map(({ gridPos }) => `${gridPos.x}/${gridPos.y}`)).size, panels.length)
    for (const { gridPos } of panels) assert.isAtMost(gridPos.x + gridPos.w, 24)
  })

  it("has a name of its own, and a form that Grafana still reads", () => {
    assert.strictEqual(both.filter((each) => each.uid === uid).length, 1)
    assert.isAtLeast(schemaVersion, 36)
  })
})
