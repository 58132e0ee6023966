/**
 * Manifests against Kubernetes' and KEDA's schemas, strictly.
 *
 * The validators of kubernetes-models hold what they know to its type, and overlook a key that they do not know: `replicaz`
 * passes. So a manifest is handed to them with every key watched. A key that the validator of its kind never looked at is
 * one that its schema does not have.
 */
import * as keda from "@kubernetes-models/keda/keda.sh/v1alpha1"
import { Option, Schema } from "effect"
import { Deployment } from "kubernetes-models/apps/v1"
import { Job } from "kubernetes-models/batch/v1"
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1"
import { PodDisruptionBudget } from "kubernetes-models/policy/v1"
import { ConfigMap, Namespace, Secret, Service } from "kubernetes-models/v1"

interface Model {
  readonly apiVersion: string
  readonly kind: string
  readonly prototype: { readonly validate: () => void }
}

const known: ReadonlyArray<Model> = [
  ...[ConfigMap, Deployment, Job, Namespace, NetworkPolicy, PodDisruptionBudget, Secret, Service],
  ...[keda.ScaledObject, keda.TriggerAuthentication]
]

const Head = Schema.Struct({
  apiVersion: Schema.String,
  kind: Schema.String,
  metadata: Schema.Struct({ name: Schema.String })
})
const Faults = Schema.Struct({
  errors: Schema.Array(
    Schema.Struct({ instancePath: Schema.String, keyword: Schema.String, message: Schema.optionalKey(Schema.String) })
  )
})

/** The same value, which notes in `seen` every key that is read of it. */
const watched = (value: unknown, path: string, seen: Set<string>): unknown => {
  if (typeof value !== "object" || value === null) return value
  return new Proxy(value, {
    get: (target, key) => {
      const inner: unknown = Reflect.get(target, key)
      if (typeof key !== "string" || !Object.hasOwn(target, key)) return inner
      seen.add(`${path}/${key}`)
      return watched(inner, `${path}/${key}`, seen)
    }
  })
}

/** Every key of a value, as a path. */
const keysOf = (value: unknown, path: string): ReadonlyArray<string> =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [`${path}/${key}`, ...keysOf(inner, `${path}/${key}`)])

const typeFaults = (model: Model, manifest: unknown, lenient: boolean): ReadonlyArray<string> => {
  try {
    Reflect.apply(model.prototype.validate, manifest, [])
    return []
  } catch (cause) {
    return Schema.decodeUnknownSync(Faults)(cause)
      .errors.filter(({ keyword }) => !(lenient && keyword === "required"))
      .map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
}

/**
 * What is wrong with a manifest, each fault with its place. A patch is laid over another manifest, so it may lack what that
 * one has, and nothing else.
 */
export const faultsOfManifest = (manifest: unknown, as: "manifest" | "patch" = "manifest"): ReadonlyArray<string> => {
  const head = Option.getOrUndefined(Schema.decodeUnknownOption(Head)(manifest))
  if (head === undefined) return ["it has no apiVersion, no kind or no metadata.name"]
  const model = known.find(({ apiVersion, kind }) => apiVersion === head.apiVersion && kind === head.kind)
  if (model === undefined) return [`there is no schema at hand for ${head.apiVersion} ${head.kind}`]
  const seen = new Set<string>()
  const faults = typeFaults(model, watched(manifest, "", seen), as === "patch")
  const strange = keysOf(manifest, "").filter((key) => !seen.has(key))
  const topmost = strange.filter((key) => !strange.some((other) => key.startsWith(`${other}/`)))
  return [...faults, ...topmost.map((key) => `${key} is not known`)]
}
