/** What kubectl makes of the folders of deploy/kubernetes. Skipped, in so many words, where there is no kubectl. */
import { assert, describe, it } from "@effect/vitest"
import { containerOf, containers, deployments } from "./base.fixture.ts"
import { Confined, Tended, those, Workload } from "./cluster-objects.fixture.ts"
import { builtOf, folders, hasKubectl } from "./kustomization.fixture.ts"
import { faultsOfManifest } from "./manifest.fixture.ts"

describe.skipIf(!hasKubectl)("as kubectl builds it (skipped where there is no kubectl)", () => {
  it.each(folders)("%s builds, and the schemas have nothing against any object", (folder) => {
    const built = builtOf(folder)
    assert.isNotEmpty(built)
    assert.deepStrictEqual(
      built.flatMap((manifest) => faultsOfManifest(manifest)),
      []
    )
  })

  it.each(["overlays/cpu", "overlays/gpu"])("%s confines every pod and tends every worker", (folder) => {
    const built = builtOf(folder)
    const workloads = [...those("Deployment", Confined, built), ...those("Job", Confined, built)]
    assert.lengthOf(workloads, containers.length)
    assert.lengthOf(those("Deployment", Tended, built), deployments.length)
  })

  it("the overlay for GPUs gives one to those that compute, with an image that can use it, and the other gives none", () => {
    const said = (folder: string) =>
      those("Deployment", Workload, builtOf(folder)).map((workload) => {
        const { image, resources } = containerOf(workload)
        const node = workload.spec.template.spec.nodeSelector?.["nvidia.com/gpu.present"] ?? "any"
        const gpus = Number(resources.limits["nvidia.com/gpu"] ?? 0)
        return `${workload.metadata.name}: ${gpus} of ${image.split(":")[0]}, node ${node}`
      })
    const computing = ["onefold-evaluate", "onefold-generate", "onefold-update-gradient"]
    const names = deployments.map(({ metadata }) => metadata.name)
    assert.sameMembers(
      said("overlays/gpu"),
      names.map(
        (name) => `${name}: ${computing.includes(name) ? "1 of onefold-cuda, node true" : "0 of onefold, node any"}`
      )
    )
    assert.sameMembers(
      said("overlays/cpu"),
      names.map((name) => `${name}: 0 of onefold, node any`)
    )
  })

  it("history alone is given the history's password, and what each worker needs is its own", () => {
    for (const workload of those("Deployment", Workload, builtOf("overlays/cpu"))) {
      const names = (containerOf(workload).env ?? []).map(({ name }) => name)
      assert.strictEqual(
        names.includes("ONEFOLD_CLICKHOUSE_PASSWORD"),
        workload.metadata.name === "onefold-history",
        workload.metadata.name
      )
      assert.include(names, "ONEFOLD_KAFKA_PASSWORD")
      const own = deployments.find(({ metadata }) => metadata.name === workload.metadata.name)
      assert.deepStrictEqual(containerOf(workload).resources, own && containerOf(own).resources)
    }
  })
})
