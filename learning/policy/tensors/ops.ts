/**
 * The two dozen tensor operations that the decoder is made of, as each backend offers them.
 *
 * A tensor is a number that its backend knows and a shape; the model's code sees nothing else of TensorFlow. There is
 * no gradient tape: each layer has its backward pass written out. A function over these operations can be compiled: a
 * backend that knows graphs runs it as one, any other one runs it as it stands, so the model is written once.
 * Every tensor is float32 unless said otherwise. Results are new tensors; what a scope made and does
 * not return is freed when it ends.
 */

/** float32 everywhere, or matrices in bfloat16 and products with them too. */
export type Precision = "float32" | "bfloat16"

/** What a tensor is made of: float32 where nothing is said, indices are int32. */
export type Element = "float32" | "bfloat16" | "int32"

export interface Tensor {
  readonly handle: number
  readonly shape: ReadonlyArray<number>
  readonly element?: Element
}

/** Which operands of a product are transposed in their last two axes: n as they are, t transposed. */
export type Transposes = "nn" | "nt" | "tn" | "tt"

/** Tensors, and numbers, words and nulls that a compiled function takes as constants, arranged as plain values. */
export type Arrangement = Tensor | number | string | boolean | null | ReadonlyArray<Arrangement> | ArrangementRecord
export interface ArrangementRecord {
  readonly [name: string]: Arrangement
}

export interface Ops {
  /** A tensor of these numbers, which must not change while it lives: their memory may be shared. */
  readonly floats: (values: Float32Array, shape: ReadonlyArray<number>) => Tensor
  readonly indices: (values: Int32Array) => Tensor
  readonly zeros: (shape: ReadonlyArray<number>) => Tensor
  /** Copies numbers out. */
  readonly read: (x: Tensor) => Float32Array
  /** Frees every tensor that was made within the body and is not part of its result, however that is arranged. */
  readonly scope: <A>(body: () => A) => A
  /** A scope whose result no scope around frees: whoever keeps it calls free. */
  readonly keep: <A>(body: () => A) => A
  /** Frees the tensors that are part of a value. */
  readonly free: (value: unknown) => void
  /** How many tensors are alive, constants that are kept for good not counted. */
  readonly live: () => number
  /**
   * The same function, run as one graph where the backend knows graphs.
   *
   * Its tensors must all come in by its inputs, and it may make none from numbers, read none and free none. What is no
   * tensor in the inputs, and all shapes, are constants to it: it is traced again for others, and a graph serves all
   * traces that differ in shapes only.
   */
  readonly compile: <I extends Arrangement, O extends Arrangement>(body: (inputs: I) => O) => (inputs: I) => O

  /** Elementwise, shapes broadcast. */
  readonly add: (a: Tensor, b: Tensor) => Tensor
  readonly sub: (a: Tensor, b: Tensor) => Tensor
  readonly mul: (a: Tensor, b: Tensor) => Tensor
  readonly addScalar: (x: Tensor, scalar: number) => Tensor
  readonly scale: (x: Tensor, scalar: number) => Tensor

  readonly square: (x: Tensor) => Tensor
  readonly rsqrt: (x: Tensor) => Tensor
  readonly exp: (x: Tensor) => Tensor
  readonly log: (x: Tensor) => Tensor
  readonly sigmoid: (x: Tensor) => Tensor
  /** x ln x, 0 at 0. */
  readonly xLogX: (x: Tensor) => Tensor
  /** Over the last axis. */
  readonly softmax: (x: Tensor) => Tensor
  /** Over one axis, which stays with length 1. */
  readonly mean: (x: Tensor, axis: number) => Tensor
  readonly sum: (x: Tensor, axis: number) => Tensor
  readonly max: (x: Tensor, axis: number) => Tensor

  /** In bfloat16. Products with it are taken in bfloat16 and come out in float32; nothing else but a slice takes it. */
  readonly narrow: (x: Tensor) => Tensor
  /** [m, k] x [k, n], or a batch of such products where both have three axes; a batch of length 1 broadcasts. */
  readonly matMul: (a: Tensor, b: Tensor, transposes: Transposes) => Tensor

  readonly reshape: (x: Tensor, shape: ReadonlyArray<number>) => Tensor
  /** Axis i of the result is axis order[i] of x. */
  readonly transpose: (x: Tensor, order: ReadonlyArray<number>) => Tensor
  readonly concat: (xs: ReadonlyArray<Tensor>, axis: number) => Tensor
  /** Pieces of these sizes along an axis. */
  readonly split: (x: Tensor, sizes: ReadonlyArray<number>, axis: number) => ReadonlyArray<Tensor>
  /** A stretch along the first axis; it may share x's memory. */
  readonly slice: (x: Tensor, begin: number, count: number) => Tensor
  /** Exchanges the two entries along an axis of length 2. */
  readonly swap: (x: Tensor, axis: number) => Tensor
  /** Entries of x by index, along its first axis. */
  readonly gather: (x: Tensor, indices: Tensor) => Tensor
  /**
   * Overwrites rows of target [rows, width] with values [n, width], in place: views of its memory change too. What reads
   * the new contents within a compiled function must read them from the result.
   */
  readonly writeRows: (target: Tensor, indices: Tensor, values: Tensor) => Tensor
  /** Adds values [n] at places of target [size], in place; target is used up. */
  readonly addAt: (target: Tensor, indices: Tensor, values: Tensor) => Tensor
}
