/**
 * Functions compiled to graphs: traced once for each arrangement and shape of inputs, loaded once for each structure.
 *
 * The addon takes a graph as a SavedModel in a folder, so each is written to a folder of its own for the moment of
 * loading.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { graphTag, savedModel } from "./graph-definition.ts"
import { type Feed, type Form, isTensor, type Trace, trace } from "./graph-trace.ts"
import type { Arrangement, Ops, Tensor } from "./ops.ts"
import type { Addon } from "./tensorflow-addon.ts"
import type { RunKernel, Shape } from "./tensorflow-kernels.ts"

/** Traces of one function that are kept; all are dropped when there are more. */
const maxTraces = 512
/** Graphs that stay loaded, with every trace that runs on them; constants such as a temperature make further ones. */
const maxModels = 256

interface Model {
  readonly id: number
  readonly argumentNames: string
  readonly fetchedNames: string
}

/** A trace made ready to run. */
interface Plan<O extends Arrangement> {
  readonly model: Model
  readonly feeds: ReadonlyArray<Feed>
  readonly forms: ReadonlyArray<Form>
  readonly arrange: (fetched: ReadonlyArray<Tensor>) => O
}

export interface GraphRunner {
  readonly addon: Addon
  /** The handle of int32 [n] with these values, until `forget`. */
  readonly sizes: (values: Shape) => number
  /** Frees such handles if there are many. */
  readonly forget: () => void
  readonly made: (x: Tensor) => Tensor
  readonly under: <A>(run: RunKernel, body: () => A) => A
  readonly isTracing: () => boolean
}

/** What a trace depends on, and the tensors in their order. */
const keyOf = (inputs: Arrangement, tensors: Array<Tensor>): string => {
  if (typeof inputs !== "object" || inputs === null) return JSON.stringify(inputs)
  if (isTensor(inputs)) {
    tensors.push(inputs)
    return `${inputs.shape.join("x")}${inputs.element === "bfloat16" ? "b" : ""}`
  }
  let key = "("
  for (const name in inputs) {
    const part: Arrangement = Reflect.get(inputs, name)
    key += `${name}:${keyOf(part, tensors)},`
  }
  return `${key})`
}

const loadModel = (addon: Addon, { fetched, nodes }: Trace<Arrangement>): Model => {
  const folder = mkdtempSync(join(tmpdir(), "onefold-graph-"))
  try {
    writeFileSync(join(folder, "saved_model.pb"), savedModel(nodes, addon.TF_Version))
    const names = nodes.flatMap((node) => (node.kind === "argument" ? [`${node.name}:0`] : []))
    return {
      id: addon.loadSavedModel(folder, graphTag),
      argumentNames: names.join(),
      fetchedNames: fetched.join()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Compiles functions for one thread. */
export const graphPrograms = (runner: GraphRunner): Ops["compile"] => {
  const { addon, forget, isTracing, made, sizes, under } = runner
  const models = new Map<string, Model>()
  const allPlans: Array<Map<string, unknown>> = []
  const unload = (): void => {
    for (const { id } of models.values()) addon.deleteSavedModel(id)
    models.clear()
    for (const plans of allPlans) plans.clear()
  }
  const modelOf = (traced: Trace<Arrangement>): Model => {
    const { structure } = traced
    const known = models.get(structure)
    if (known !== undefined) return known
    if (models.size === maxModels) unload()
    const model = loadModel(addon, traced)
    models.set(structure, model)
    return model
  }
  const compile = <I extends Arrangement, O extends Arrangement>(body: (inputs: I) => O): ((inputs: I) => O) => {
    const plans = new Map<string, Plan<O>>()
    allPlans.push(plans)
    const planOf = (key: string, inputs: I): Plan<O> => {
      const known = plans.get(key)
      if (known !== undefined) return known
      const traced = trace(body, inputs, under)
      if (plans.size === maxTraces) plans.clear()
      const { arrange, feeds, fetchedForms } = traced
      const plan = { model: modelOf(traced), feeds, forms: fetchedForms, arrange }
      plans.set(key, plan)
      return plan
    }
    return (inputs: I): O => {
      if (isTracing()) return body(inputs)
      const tensors: Array<Tensor> = []
      forget()
      const { arrange, feeds, forms, model } = planOf(keyOf(inputs, tensors), inputs)
      const given = feeds.map((feed) => (feed.kind === "tensor" ? tensors[feed.place].handle : sizes(feed.values)))
      const outputs = addon.runSavedModel(model.id, given, model.argumentNames, model.fetchedNames)
      return arrange(outputs.map(({ id }, i) => made({ handle: id, ...forms[i] })))
    }
  }
  return compile
}
