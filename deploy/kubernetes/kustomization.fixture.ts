/**
 * The folders of deploy/kubernetes as kustomize reads them: their files, what each file holds, and what kubectl makes of a
 * folder where there is a kubectl.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join, relative } from "node:path"
import { Schema } from "effect"
import { documentsIn, documentsOf, here } from "../yaml-file.fixture.ts"

export const folders = ["base", "overlays/cpu", "overlays/gpu", "secrets-example"] as const

const Texts = Schema.Record(Schema.String, Schema.String)
const Generator = Schema.Struct({
  name: Schema.String,
  namespace: Schema.optionalKey(Schema.String),
  behavior: Schema.optionalKey(Schema.Literals(["create", "merge", "replace"])),
  envs: Schema.optionalKey(Schema.Array(Schema.String)),
  files: Schema.optionalKey(Schema.Array(Schema.String)),
  literals: Schema.optionalKey(Schema.Array(Schema.String))
})

/** What is used here of a kustomization. A key beyond these is a fault: kustomize itself says so of those it does not know. */
const Kustomization = Schema.Struct({
  apiVersion: Schema.Literal("kustomize.config.k8s.io/v1beta1"),
  kind: Schema.Literal("Kustomization"),
  namespace: Schema.optionalKey(Schema.String),
  labels: Schema.optionalKey(Schema.Array(Schema.Struct({ pairs: Texts }))),
  resources: Schema.optionalKey(Schema.Array(Schema.String)),
  patches: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        path: Schema.String,
        target: Schema.Struct({ kind: Schema.String, name: Schema.optionalKey(Schema.String) })
      })
    )
  ),
  images: Schema.optionalKey(
    Schema.Array(Schema.Struct({ name: Schema.String, newName: Schema.String, newTag: Schema.String }))
  ),
  generatorOptions: Schema.optionalKey(Schema.Struct({ disableNameSuffixHash: Schema.Boolean })),
  configMapGenerator: Schema.optionalKey(Schema.Array(Generator)),
  secretGenerator: Schema.optionalKey(Schema.Array(Generator))
})

/** Throws where it has a key that is not known, or a value of another form. */
export const kustomizationIn = (document: unknown): typeof Kustomization.Type =>
  Schema.decodeUnknownSync(Kustomization)(document, { onExcessProperty: "error" })

export const kustomizationOf = (folder: string): typeof Kustomization.Type =>
  kustomizationIn(documentsOf(`kubernetes/${folder}/kustomization.yaml`)[0])

/** Every file that a folder's kustomization names, as a path in deploy/kubernetes. */
export const filesNamedIn = (folder: string): ReadonlyArray<string> => {
  const { configMapGenerator = [], patches = [], resources = [], secretGenerator = [] } = kustomizationOf(folder)
  const generated = [...configMapGenerator, ...secretGenerator].flatMap(({ envs = [], files = [] }) => [
    ...envs,
    ...files
  ])
  return [...resources, ...patches.map(({ path }) => path), ...generated].map((path) =>
    relative(join(here, "kubernetes"), join(here, "kubernetes", folder, path))
  )
}

/** Every file below deploy/kubernetes that is no code. */
export const filesThere: ReadonlyArray<string> = readdirSync(join(here, "kubernetes"), {
  recursive: true,
  withFileTypes: true
})
  .filter((entry) => entry.isFile() && !entry.name.endsWith(".ts"))
  .map((entry) => relative(join(here, "kubernetes"), join(entry.parentPath, entry.name)))

export const isThere = (path: string): boolean => existsSync(join(here, "kubernetes", path))

/** Whether `kubectl kustomize` can be asked on this machine. */
export const hasKubectl = spawnSync("kubectl", ["version", "--client"], { stdio: "ignore" }).status === 0

/** What kubectl would apply for a folder, object by object. */
export const builtOf = (folder: string): ReadonlyArray<unknown> => {
  const { status, stderr, stdout } = spawnSync("kubectl", ["kustomize", join(here, "kubernetes", folder)], {
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`)
  return documentsIn(stdout, `${folder}, built`)
}
