/**
 * Writes down what a function over tensors does, as nodes of a graph, by running it on tensors that are only names.
 *
 * Shapes and split sizes become arguments of the graph and not constants of it, so that batches of other lengths run the
 * same graph: written and loaded once, it costs a batch of a new shape nothing.
 */
import type { GraphNode } from "./graph-definition.ts"
import type { Arrangement, Element, Tensor } from "./ops.ts"
import type { KernelAttributes, KernelInput, RunKernel, Shape } from "./tensorflow-kernels.ts"

/** What a run of the graph feeds to each argument, in their order. */
export type Feed =
  /** The tensor at this place among those of the inputs. */
  | { readonly kind: "tensor"; readonly place: number }
  /** These numbers, int32 [n]. */
  | { readonly kind: "sizes"; readonly values: Shape }

/** What is known of a tensor before it is computed. */
export type Form = Pick<Tensor, "shape" | "element">

export interface Trace<O extends Arrangement> {
  readonly nodes: ReadonlyArray<GraphNode>
  /** The same for traces whose nodes and fetched tensors are the same, and for no others. */
  readonly structure: string
  readonly feeds: ReadonlyArray<Feed>
  /** "node:output" of each fetched tensor. */
  readonly fetched: ReadonlyArray<string>
  readonly fetchedForms: ReadonlyArray<Form>
  /** Arranges what a run fetched as the function returned it. */
  readonly arrange: (fetched: ReadonlyArray<Tensor>) => O
}

export const isTensor = (value: Arrangement): value is Tensor =>
  typeof value === "object" && value !== null && "handle" in value && typeof value.handle === "number"

const isList = (value: Arrangement): value is ReadonlyArray<Arrangement> => Array.isArray(value)

/** The same arrangement with other tensors. */
export function mapTensors<A extends Arrangement>(value: A, change: (x: Tensor) => Tensor): A
export function mapTensors(value: Arrangement, change: (x: Tensor) => Tensor): Arrangement {
  if (typeof value !== "object" || value === null) return value
  if (isTensor(value)) return change(value)
  if (isList(value)) return value.map((part) => mapTensors(part, change))
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapTensors(part, change)]))
}

/** Names given to the tensors of one trace; the handles of such tensors are negative, so that none is taken for real. */
class Names {
  readonly #names = new Map<number, string>()
  readonly #fed = new Set<string>()
  readonly nodes: Array<GraphNode> = []
  /** The nodes once more as words, which are quicker to write than the nodes to compare. */
  structure = ""
  readonly feeds: Array<Feed> = []

  tensor(name: string, shape: Shape, element: Element): Tensor {
    const handle = -1 - this.#names.size
    this.#names.set(handle, name)
    return { handle, shape, element }
  }

  argument(feed: Feed, shape: Shape, element: Element): string {
    const name = `a${this.feeds.length}`
    this.feeds.push(feed)
    this.#fed.add(name)
    this.nodes.push({ kind: "argument", name, element, shape })
    this.structure += `${name}:${element}[${shape.join()}] `
    return name
  }

  /** @returns the node's name, by which TensorFlow calls it in an error */
  kernel(
    kernel: string,
    attributes: KernelAttributes,
    inputs: ReadonlyArray<string>,
    element: Element,
    from: Element
  ): string {
    const name = `${kernel}_${this.nodes.length}`
    this.nodes.push({ kind: "kernel", name, kernel, attributes, element, from, inputs })
    this.structure += `${name}:${element}<${from}(${inputs.join()})`
    for (const key in attributes) this.structure += `${key}=${attributes[key]},`
    this.structure += " "
    return name
  }

  of({ handle, shape }: Tensor): string {
    const name = this.#names.get(handle)
    if (name !== undefined) return name
    throw new TypeError(`a compiled function used a tensor [${shape.join(", ")}] that is none of its inputs`)
  }

  /** "node:output" of a tensor to fetch; what is fed cannot be fetched as it is. */
  output(x: Tensor): string {
    const name = this.of(x)
    if (name.includes(":")) return name
    if (!this.#fed.has(name)) return `${name}:0`
    const element = x.element ?? "float32"
    return `${this.kernel("Identity", {}, [name], element, element)}:0`
  }

  input(value: KernelInput): string {
    if (!("kind" in value)) return this.of(value)
    if (value.kind === "sizes")
      return this.argument({ kind: "sizes", values: value.values }, [value.values.length], "int32")
    const name = `c${this.nodes.length}`
    const [shape, values]: readonly [Shape, Shape] =
      value.kind === "axes" ? [[value.values.length], value.values] : [[], [value.value]]
    this.nodes.push({ kind: "constant", name, element: value.kind === "scalar" ? "float32" : "int32", shape, values })
    this.structure += `${name}:${value.kind}=${values.join()} `
    return name
  }
}

const runOn =
  (names: Names): RunKernel =>
  (kernel, attributes, inputs, shapes, element = "float32") => {
    const given = inputs.map((input) => names.input(input))
    const [first] = inputs
    const from = first !== undefined && !("kind" in first) ? (first.element ?? "float32") : "float32"
    const name = names.kernel(kernel, attributes, given, element, from)
    return shapes().map((shape, i) => names.tensor(i === 0 ? name : `${name}:${i}`, shape, element))
  }

/** Apart from trace, so that what is kept for later runs does not keep the nodes. */
const arrangedAs =
  <O extends Arrangement>(places: O) =>
  (tensors: ReadonlyArray<Tensor>): O =>
    mapTensors(places, ({ handle }) => tensors[handle])

/**
 * Runs a function on names.
 *
 * @param under runs a body so that its operations go to the given kernels
 */
export const trace = <I extends Arrangement, O extends Arrangement>(
  body: (inputs: I) => O,
  inputs: I,
  under: <A>(run: RunKernel, body: () => A) => A
): Trace<O> => {
  const names = new Names()
  let place = 0
  const named = mapTensors(inputs, ({ element = "float32", shape }) => {
    const lengths = shape.map(() => -1)
    return names.tensor(names.argument({ kind: "tensor", place: place++ }, lengths, element), shape, element)
  })
  const result = under(runOn(names), () => body(named))
  const fetched: Array<string> = []
  const fetchedForms: Array<Form> = []
  const places = mapTensors(result, (x) => {
    fetched.push(names.output(x))
    fetchedForms.push({ shape: x.shape, element: x.element ?? "float32" })
    return { handle: fetched.length - 1, shape: x.shape }
  })
  return {
    nodes: names.nodes,
    structure: `${names.structure}-> ${fetched.join()}`,
    feeds: names.feeds,
    fetched,
    fetchedForms,
    arrange: arrangedAs(places)
  }
}
