/**
 * The operations as TensorFlow's kernels, for whoever runs them: at once (backend-tensorflow.ts) or as nodes of a graph
 * (graph-trace.ts).
 *
 * Each names its kernel, attributes and inputs, and says what shapes come out, because a graph is written before
 * anything is known of its results.
 */
import type { Element, Ops, Tensor, Transposes } from "./ops.ts"

export type Shape = ReadonlyArray<number>

/**
 * An input that is no tensor of the model's: a shape, an axis, a scalar.
 *
 *   sizes   int32 [n], differs between traces of one function
 *   axes    int32 [n], the same in all of them
 *   axis    int32 []
 *   scalar  float32 []
 */
export type Constant =
  | { readonly kind: "sizes"; readonly values: Shape }
  | { readonly kind: "axes"; readonly values: Shape }
  | { readonly kind: "axis"; readonly value: number }
  | { readonly kind: "scalar"; readonly value: number }

export type KernelInput = Tensor | Constant

/** Attributes that change what a kernel does; types follow from the inputs. */
export type KernelAttributes = Readonly<Record<string, number | boolean>>

export type RunKernel = (
  kernel: string,
  attributes: KernelAttributes,
  inputs: ReadonlyArray<KernelInput>,
  /** Computed only where nothing is run at once. */
  shapes: () => ReadonlyArray<Shape>,
  /** What the kernel computes in, and what comes out of it; float32 where nothing is said. */
  element?: Element
) => ReadonlyArray<Tensor>

export type KernelOps = Omit<
  Ops,
  "floats" | "indices" | "zeros" | "read" | "scope" | "keep" | "free" | "live" | "compile"
> & { readonly fill: (shape: Shape, value: number) => Tensor }

const sizes = (values: Shape): Constant => ({ kind: "sizes", values })
const axes = (values: Shape): Constant => ({ kind: "axes", values })
const axis = (value: number): Constant => ({ kind: "axis", value })
const scalar = (value: number): Constant => ({ kind: "scalar", value })

const none: KernelAttributes = {}
const kept: KernelAttributes = { keep_dims: true }

const flagsOf = (first: string, second: string): Readonly<Record<Transposes, KernelAttributes>> => ({
  nn: none,
  nt: { [second]: true },
  tn: { [first]: true },
  tt: { [first]: true, [second]: true }
})
const matrixFlags = flagsOf("transpose_a", "transpose_b")
const batchFlags = flagsOf("adj_x", "adj_y")

const broadcast = (a: Shape, b: Shape): Shape => {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  const shift = long.length - short.length
  return long.map((length, i) => (i < shift || short[i - shift] === 1 ? length : short[i - shift]))
}

const productShape = (a: Shape, b: Shape, transposes: Transposes): Shape => {
  const rows = transposes[0] === "n" ? a[a.length - 2] : a[a.length - 1]
  const columns = transposes[1] === "n" ? b[b.length - 1] : b[b.length - 2]
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), rows, columns]
}

/** Up to so many columns oneDNN streams a matrix faster through the kernel for batches: 1.05 to 1.5 times at 16. */
const fewColumns = 32
const isNarrowProduct = (a: Shape, b: Shape, transposes: Transposes): boolean =>
  transposes === "nn" && b[b.length - 1] <= fewColumns && a[0] > fewColumns

const replaced = (shape: Shape, at: number, length: number): Shape => shape.map((old, i) => (i === at ? length : old))

const isNarrow = ({ element }: Tensor): boolean => element === "bfloat16"

export const kernelOps = (run: RunKernel): KernelOps => {
  const one: (...call: Parameters<RunKernel>) => Tensor = (...call) => run(...call)[0]
  const unary = (kernel: string) => (x: Tensor) => one(kernel, none, [x], () => [x.shape])
  const binary = (kernel: string) => (a: Tensor, b: Tensor) =>
    one(kernel, none, [a, b], () => [broadcast(a.shape, b.shape)])
  const reduction = (kernel: string) => (x: Tensor, along: number) =>
    one(kernel, kept, [x, axes([along])], () => [replaced(x.shape, along, 1)])
  const narrow = (x: Tensor) => (isNarrow(x) ? x : one("Cast", none, [x], () => [x.shape], "bfloat16"))
  return {
    narrow,
    ...{ add: binary("AddV2"), sub: binary("Sub"), mul: binary("Mul") },
    addScalar: (x, value) => one("AddV2", none, [x, scalar(value)], () => [x.shape]),
    scale: (x, value) => one("Mul", none, [x, scalar(value)], () => [x.shape]),
    ...{ square: unary("Square"), rsqrt: unary("Rsqrt"), exp: unary("Exp"), log: unary("Log") },
    ...{ sigmoid: unary("Sigmoid"), softmax: unary("Softmax") },
    xLogX: (x) => one("Xlogy", none, [x, x], () => [x.shape]),
    ...{ mean: reduction("Mean"), sum: reduction("Sum"), max: reduction("Max") },
    matMul: (a, b, transposes) => {
      const isMatrix = a.shape.length === 2 && !isNarrowProduct(a.shape, b.shape, transposes)
      const [kernel, flags] = isMatrix ? ["MatMul", matrixFlags] : ["BatchMatMulV2", batchFlags]
      const shapes = () => [productShape(a.shape, b.shape, transposes)]
      if (!isNarrow(a) && !isNarrow(b)) return one(kernel, flags[transposes], [a, b], shapes)
      const product = one(kernel, flags[transposes], [narrow(a), narrow(b)], shapes, "bfloat16")
      return one("Cast", none, [product], () => [product.shape], "float32")
    },
    reshape: (x, shape) => one("Reshape", none, [x, sizes(shape)], () => [shape]),
    transpose: (x, order) => one("Transpose", none, [x, axes(order)], () => [order.map((i) => x.shape[i])]),
    concat: (xs, along) =>
      one("ConcatV2", { N: xs.length }, [...xs, axis(along)], () => [
        replaced(
          xs[0].shape,
          along,
          xs.reduce((length, { shape }) => length + shape[along], 0)
        )
      ]),
    split: (x, lengths, along) =>
      run("SplitV", { num_split: lengths.length }, [x, sizes(lengths), axis(along)], () =>
        lengths.map((length) => replaced(x.shape, along, length))
      ),
    slice: (x, begin, count) => {
      const shape = replaced(x.shape, 0, count)
      const begins = sizes([begin, ...x.shape.slice(1).map(() => 0)])
      return one("Slice", none, [x, begins, sizes(shape)], () => [shape], x.element)
    },
    swap: (x, along) => one("Roll", none, [x, axes([1]), axes([along])], () => [x.shape]),
    gather: (x, indices) =>
      one("GatherV2", none, [x, indices, axis(0)], () => [[...indices.shape, ...x.shape.slice(1)]]),
    writeRows: (target, indices, values) => one("InplaceUpdate", none, [target, indices, values], () => [target.shape]),
    addAt: (target, indices, values) => one("InplaceAdd", none, [target, indices, values], () => [target.shape]),
    fill: (shape, value) => one("Fill", none, [sizes(shape), scalar(value)], () => [shape])
  }
}
