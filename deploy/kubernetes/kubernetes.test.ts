/**
 * deploy/kubernetes: manifests against the schemas of their kinds, files against each other, and containers against what
 * the workers promise.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { clusterAs } from "../cluster-settings.fixture.ts"
import { faultsOfArguments, flagValue } from "../command-line.fixture.ts"
import { isPinned } from "../image.fixture.ts"
import { variables } from "../worker-promises.fixture.ts"
import { documentsIn, documentsOf } from "../yaml-file.fixture.ts"
import { base, containerOf, containers, deployments, read } from "./base.fixture.ts"
import {
  Confined,
  Patch,
  PodDisruptionBudget,
  Tended,
  TriggerAuthentication,
  those
} from "./cluster-objects.fixture.ts"
import {
  filesNamedIn,
  filesThere,
  folders,
  isThere,
  kustomizationIn,
  kustomizationOf
} from "./kustomization.fixture.ts"
import { faultsOfManifest } from "./manifest.fixture.ts"

describe("the schemas", () => {
  const everyManifest = base.map((manifest): readonly [string, unknown] => [
    JSON.stringify(manifest).slice(0, 90),
    manifest
  ])
  it.each(everyManifest)("have nothing against %s", (_, manifest) =>
    assert.deepStrictEqual(faultsOfManifest(manifest), [])
  )

  const patches = folders.flatMap((folder) =>
    (kustomizationOf(folder).patches ?? []).map(({ path }) => `kubernetes/${folder}/${path}`)
  )
  it.each(patches)("have nothing against the patch %s", (path) =>
    assert.deepStrictEqual(
      documentsOf(path).flatMap((patch) => faultsOfManifest(patch, "patch")),
      []
    )
  )

  it.each([
    ["workers/generate.yaml", "  selector:", "  replicaz: 3\n  selector:", "/spec/replicaz is not known"],
    ["workers/generate.yaml", "          args:", "          arguments: []\n          args:", "/arguments is not known"],
    ["workers/generate.yaml", "  pollingInterval: 15", "  pollInterval: 15", "/spec/pollInterval is not known"],
    ["workers/generate.yaml", "  maxUnavailable: 1", "  maxUnavailabl: 1", "/spec/maxUnavailabl is not known"],
    ["workers/generate.yaml", "image: onefold:0.1.0", "image: 1", "must be string"],
    ["workers/generate.yaml", "memory: 8Gi", "memory: lots", "must match format"],
    ["workers/history.yaml", "replicas: 1", 'replicas: "1"', "must be integer"],
    ["network.yaml", "- port: http", "- ports: http", "/ports is not known"],
    ["network.yaml", "clusterIP: None", "clusterAddress: None", "/spec/clusterAddress is not known"],
    ["jobs.yaml", "backoffLimit: 10", "backOffLimit: 10", "/spec/backOffLimit is not known"],
    ["kafka-authentication.yaml", "secretTargetRef:", "secretTarget:", "/spec/secretTarget is not known"],
    ["namespace.yaml", "kind: Namespace", "kind: Namespaces", "no schema at hand"]
  ])("given %s with %s as %s, then: %s", (file, from, to, fault) => {
    const text = read(`base/${file}`)
    assert.include(text, from)
    const faults = documentsIn(text.replace(from, to), file).flatMap((manifest) => faultsOfManifest(manifest))
    assert.include(faults.join("\n"), fault)
  })

  it("given a patch with a key that nobody knows, or without what a patch may lack, then only the key is refused", () => {
    const text = read("overlays/gpu/on-a-gpu.yaml").replace("nodeSelector:", "nodeSelectors:")
    assert.deepStrictEqual(
      documentsIn(text, "").flatMap((patch) => faultsOfManifest(patch, "patch")),
      ["/spec/template/spec/nodeSelectors is not known"]
    )
  })

  it("given a key that is there twice, then the file is not even read", () =>
    assert.throws(() => documentsIn(read("base/namespace.yaml").replace("kind:", "kind: A\nkind:"), ""), /unique/))
})

describe("the kustomizations", () => {
  it.each(folders)("%s has only keys that are known, and names files that are there", (folder) => {
    for (const path of filesNamedIn(folder)) assert.isTrue(isThere(path), path)
  })

  it("given a key that nobody knows, then a kustomization is refused", () => {
    const text = read("overlays/gpu/kustomization.yaml").replace("patches:", "patchez:")
    assert.throws(() => kustomizationIn(documentsIn(text, "")[0]), /patchez/)
  })

  it("name every file that is there", () => {
    const named = [...folders.flatMap(filesNamedIn), ...folders.map((folder) => `${folder}/kustomization.yaml`)]
    assert.deepStrictEqual(
      filesThere.filter((path) => !named.includes(path)),
      []
    )
  })

  it("hold settings that Onefold reads, and no secret", () => {
    const namesIn = (path: string) =>
      [...read(path).matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => ({ name, value }))
    for (const { name } of namesIn("base/settings.env")) {
      assert.include(variables, name)
      assert.notMatch(name, /PASSWORD|SECRET|ACCESS_KEY|USER/)
    }
    const secrets = filesNamedIn("secrets-example")
      .filter((path) => path.endsWith(".env"))
      .flatMap(namesIn)
    for (const { name, value } of secrets) if (!name.startsWith("KEDA_")) assert.strictEqual(value, "replace-me", name)
    assert.isAbove(secrets.length, 5)
  })
})

describe("the settings", () => {
  const settings = Object.fromEntries(
    [...read("base/settings.env").matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value])
  )
  const login = { ONEFOLD_KAFKA_USER: "worker", ONEFOLD_KAFKA_PASSWORD: "hush" }

  it("bring a worker to its cluster, encrypted everywhere", async () => {
    const { kafka } = await clusterAs({ plaintext: false, tls: true }, { ...settings, ...login })
    assert.deepStrictEqual(kafka.brokers, [settings.ONEFOLD_BROKERS])
    assert.strictEqual(kafka.registry?.url, settings.ONEFOLD_REGISTRY)
    for (const [name, value] of Object.entries(settings)) assert.notMatch(value, /^http:/, name)
    const sasl = /^KEDA_SASL=(.*)$/m.exec(read("secrets-example/kafka.env"))?.[1]
    assert.strictEqual(
      sasl?.replaceAll("_", ""),
      kafka.sasl?.mechanism.replaceAll("-", ""),
      "KEDA logs in as workers do"
    )
  })

  it("given a registry without encryption, then the workers refuse it", () =>
    clusterAs(
      { plaintext: false, tls: true },
      { ...settings, ...login, ONEFOLD_REGISTRY: "http://registry:8080" }
    ).then(
      () => assert.fail("they took it"),
      (refusal) => assert.match(String(refusal), /without encryption/)
    ))
})

describe("the containers", () => {
  it("are one of each kind of worker, and the two jobs before them", () =>
    assert.deepStrictEqual(containers.map(([name]) => name.replace("onefold-", "")).sort(), [
      ...["evaluate", "generate", "history", "migrate", "topics"],
      ...["update-apply", "update-gradient", "update-schedule", "verify"]
    ]))

  it.each(containers)("%s is given arguments that the command line knows", (name, workload) => {
    const { args } = containerOf(workload)
    assert.deepStrictEqual(faultsOfArguments(args), [])
    const role = flagValue(args, "--role")
    if (args[0] === "worker") assert.strictEqual(name, `onefold-${args[1]}${role === undefined ? "" : `-${role}`}`)
  })

  it.each(containers)("%s has an image that stays, and says what it needs", (_, workload) => {
    const { image, resources } = containerOf(workload)
    assert.isTrue(isPinned(image), image)
    assert.containsAllKeys(resources.requests, ["cpu", "memory"])
    assert.containsAllKeys(resources.limits, ["memory"])
  })

  const shared = documentsOf("kubernetes/base/every-container.yaml")[0]
  const worker = Schema.decodeUnknownSync(Tended)(documentsOf("kubernetes/base/every-worker.yaml")[0])

  it("may do next to nothing", () => assert.doesNotThrow(() => Schema.decodeUnknownSync(Confined)(shared)))

  it("have time to drain, and a door where they are asked", () => {
    const { containers: own, terminationGracePeriodSeconds } = worker.spec.template.spec
    for (const workload of deployments) {
      const { args } = containerOf(workload)
      assert.isAbove(terminationGracePeriodSeconds, Number(flagValue(args, "--drain-seconds")))
      assert.strictEqual(flagValue(args, "--http"), `0.0.0.0:${own[0].ports[0].containerPort}`)
    }
  })

  it("refer to secrets that the example makes, by keys that it has", () => {
    const example = new Map(
      (kustomizationOf("secrets-example").secretGenerator ?? []).map(({ envs = [], files = [], name }) => [
        name,
        [
          ...files,
          ...envs.flatMap((path) => [...read(`secrets-example/${path}`).matchAll(/^(\w+)=/gm)].map(([, key]) => key))
        ]
      ])
    )
    const ofWorkloads = [...containers.map(([, workload]) => containerOf(workload).env ?? [])].flat()
    const ofPatch = Schema.decodeUnknownSync(Patch)(shared).spec.template.spec.containers[0].env
    const variablesGiven = [...ofWorkloads, ...ofPatch]
    for (const { name } of variablesGiven) assert.include(variables, name)
    const references = [
      ...variablesGiven.flatMap(({ valueFrom }) => (valueFrom === undefined ? [] : [valueFrom.secretKeyRef])),
      ...those("TriggerAuthentication", TriggerAuthentication, base).flatMap(({ spec }) => spec.secretTargetRef)
    ]
    for (const { key, name } of references) assert.include(example.get(name) ?? [], key, name)
    assert.isAbove(references.length, 8)
  })

  it("are each guarded by a budget that lets a machine be emptied", () => {
    const budgets = those("PodDisruptionBudget", PodDisruptionBudget, base).map(({ spec }) => spec)
    for (const { metadata, spec } of deployments) {
      const own = budgets.find(({ selector }) => JSON.stringify(selector) === JSON.stringify(spec.selector))
      assert.strictEqual(own?.maxUnavailable, 1, metadata.name)
      assert.containsSubset(spec.template.metadata.labels, spec.selector?.matchLabels)
    }
  })
})
