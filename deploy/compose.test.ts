/** deploy/compose.yaml: what Docker would refuse, and what would come up and not work. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { clusterAs } from "./cluster-settings.fixture.ts"
import { faultsOfArguments, flagValue } from "./command-line.fixture.ts"
import { ComposeFile, faultsOfCompose } from "./compose.fixture.ts"
import { isPinned } from "./image.fixture.ts"
import { variables } from "./worker-promises.fixture.ts"
import { documentsIn, documentsOf, here } from "./yaml-file.fixture.ts"

const text = readFileSync(join(here, "compose.yaml"), "utf8")
const [document] = documentsOf("compose.yaml")
const { services, volumes } = Schema.decodeUnknownSync(ComposeFile)(document)
const named = Object.entries(services)
const ours = named.filter(([, { image }]) => image.startsWith("onefold:"))
const workers = ours.filter(([, { command }]) => command?.[0] === "worker")

/** The same file with one piece of text in place of another. */
const altered = (from: string, to: string): unknown => {
  assert.include(text, from)
  return documentsIn(text.replace(from, to), "an altered compose.yaml")[0]
}

describe("the Compose Specification", () => {
  it("has nothing against compose.yaml", () => assert.deepStrictEqual(faultsOfCompose(document), []))

  it.each([
    ["a key of a service that nobody knows", "restart: unless-stopped", "restarts: unless-stopped"],
    ["a key of a health check that nobody knows", "retries: 10", "tries: 10"],
    ["a condition that there is not", "condition: service_healthy", "condition: service_is_well"],
    ["a key at the top that nobody knows", "name: onefold", "title: onefold"],
    ["a span of time without a unit", "start_period: 30s", 'start_period: "30"'],
    ["ports that are none", "127.0.0.1:3000:3000", "127.0.0.1:http"],
    ["a list in place of a text", "image: apache/kafka:4.1.0", "image: [apache/kafka:4.1.0]"]
  ])("given %s, then it is refused", (_, from, to) => assert.isNotEmpty(faultsOfCompose(altered(from, to))))

  it("given a key that is there twice, then it is not even read", () =>
    assert.throws(() => altered("  kafka:\n    image:", "  kafka:\n    image: a:1\n    image:"), /unique/))
})

describe("the services of compose.yaml", () => {
  it("have one worker of each kind, and the jobs that go before them", () => {
    assert.deepStrictEqual(workers.map(([, { command }]) => command?.[1]).sort(), [
      ...["evaluate", "generate", "history", "update", "verify"]
    ])
    for (const [name, { depends_on = {} }] of workers)
      assert.strictEqual(depends_on.topics?.condition, "service_completed_successfully", name)
    assert.strictEqual(services.history.depends_on?.migrate?.condition, "service_completed_successfully")
  })

  it.each(ours)("%s is given arguments that the command line knows", (_, { command = [] }) =>
    assert.deepStrictEqual(faultsOfArguments(command), [])
  )

  it.each(ours)("%s is given variables that Onefold reads", (_, { environment = {} }) =>
    assert.deepStrictEqual(
      Object.keys(environment).filter((name) => !variables.includes(name)),
      []
    )
  )

  it.each(ours)("%s may write in /tmp and /data only", (_, { read_only }) => assert.isTrue(read_only))

  it.each(workers)("%s is asked at its own door, and has time to drain", (_, { command = [], ...service }) => {
    const port = flagValue(command, "--http")?.split(":")[1]
    assert.include(service.healthcheck?.test.join(" "), `http://127.0.0.1:${port}/ready`)
    const grace = /^(\d+)s$/.exec(service.stop_grace_period ?? "")?.[1]
    assert.isAbove(Number(grace), Number(flagValue(command, "--drain-seconds")))
  })

  it.each(named)("%s has an image that stays the same", (_, { image }) => assert.isTrue(isPinned(image), image))

  it.each(named)("%s waits only for what is there and can be waited for", (_, { depends_on = {} }) => {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const service = services[other]
      assert.isDefined(service, other)
      if (condition === "service_healthy") assert.isDefined(service.healthcheck, other)
      if (condition === "service_completed_successfully") assert.strictEqual(service.restart, "no", other)
    }
  })

  it.each(named)("%s mounts what is there", (_, { volumes: mounts = [] }) => {
    for (const [source, target] of mounts.map((mount) => mount.split(":"))) {
      if (source.startsWith(".")) assert.isTrue(existsSync(join(here, source)), source)
      else if (target !== undefined) assert.property(volumes, source)
    }
  })

  it.each(named)("%s opens its ports to this machine only", (_, { ports = [] }) => {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/)
  })

  it("have passwords from outside, with a default that says what it is good for, the same in every place", () => {
    const defaults = new Map<string, string>()
    for (const [name, { environment = {} }] of named)
      for (const [variable, value] of Object.entries(environment)) {
        if (!/PASSWORD|SECRET|ACCESS_KEY/.test(variable)) continue
        const [, from, standIn] = /^\$\{(\w+):-([\w-]+)\}$/.exec(String(value)) ?? []
        assert.isDefined(from, `${name} has ${variable} in clear`)
        assert.strictEqual(defaults.get(from) ?? standIn, standIn, from)
        defaults.set(from, standIn)
      }
    for (const [from, standIn] of defaults) assert.match(standIn, /^(onefold|only-on-this-machine)$/, from)
    assert.isAbove(defaults.size, 3)
  })

  it("are built from a file that is there, under the version of package.json", () => {
    const { version } = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))(
      readFileSync(join(here, "../package.json"), "utf8")
    )
    for (const [name, { build, image }] of ours) {
      assert.strictEqual(image, `onefold:${version}`, name)
      assert.isTrue(existsSync(join(here, build?.context ?? "", build?.dockerfile ?? "")), name)
    }
  })
})

const Scraping = Schema.Struct({
  scrape_configs: Schema.Array(
    Schema.Struct({
      dns_sd_configs: Schema.Array(Schema.Struct({ names: Schema.Array(Schema.String), port: Schema.Int }))
    })
  )
})

/** What a container gets where nothing is set outside. */
const environmentOf = (name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(services[name].environment ?? {}).map(([variable, value]) => [
      variable,
      String(value).replace(/^\$\{\w+:-([^}]*)\}$/, "$1")
    ])
  )

describe("the settings of compose.yaml", () => {
  it.each(workers)("%s can be brought to its cluster with them, as nothing leaves the machine", async (name) => {
    const cluster = await clusterAs({ plaintext: true, tls: false }, environmentOf(name))
    assert.deepInclude(cluster, { blobs: "s3://onefold/blobs" })
    assert.deepInclude(cluster.kafka.registry, { url: "http://registry:8080/apis/ccompat/v7" })
    assert.deepStrictEqual(cluster.kafka.brokers, ["kafka:9092"])
  })

  it("given no --plaintext, then the workers refuse them", () =>
    clusterAs({ plaintext: false, tls: false }, environmentOf("generate")).then(
      () => assert.fail("they took them"),
      (refusal) => assert.match(String(refusal), /without encryption/)
    ))
})

describe("prometheus.yaml", () => {
  it("asks every worker, at the port of its door, and nobody else", () => {
    const asked = Schema.decodeUnknownSync(Scraping)(documentsOf("prometheus/prometheus.yaml")[0])
      .scrape_configs.flatMap(({ dns_sd_configs }) => dns_sd_configs)
      .flatMap(({ names, port }) => names.map((name) => `${name}:${port}`))
    const doors = workers.map(([name, { command = [] }]) => `${name}:${flagValue(command, "--http")?.split(":")[1]}`)
    assert.sameMembers(asked, doors)
  })
})
