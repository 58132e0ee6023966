/**
 * What base says, object by object, for the tests of it.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { documentsOf, here } from "../yaml-file.fixture.ts"
import { ScaledObject, those, Workload } from "./cluster-objects.fixture.ts"
import { kustomizationOf } from "./kustomization.fixture.ts"

/** A file's text, by its path in deploy/kubernetes. */
export const read = (path: string): string => readFileSync(join(here, "kubernetes", path), "utf8")
const manifestsOf = (paths: ReadonlyArray<string> = []): ReadonlyArray<unknown> =>
  paths.filter((path) => path.endsWith(".yaml")).flatMap((path) => documentsOf(`kubernetes/base/${path}`))

/** Every manifest, before the patches. */
export const base = manifestsOf(kustomizationOf("base").resources)
export const deployments = those("Deployment", Workload, base)
/** Deployments and Jobs, by name. */
export const containers = [...deployments, ...those("Job", Workload, base)].map(
  (workload): readonly [string, Workload] => [workload.metadata.name, workload]
)
/** What is scaled, by name. */
export const scaled = those("ScaledObject", ScaledObject, base).map(
  (object): readonly [string, typeof ScaledObject.Type] => [object.metadata.name, object]
)
export const containerOf = ({ spec }: Workload) => spec.template.spec.containers[0]
