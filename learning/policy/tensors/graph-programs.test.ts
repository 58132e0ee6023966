/** Functions compiled to graphs: what is traced and loaded again and what is not, what comes back, and what is freed. */
import { assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { tensorflowOps } from "./backend-tensorflow.ts"
import { pinEnvironment } from "./environment.ts"
import { chooseBackend } from "./installation.ts"
import type { Ops, Tensor } from "./ops.ts"
import { type Addon, loadAddon } from "./tensorflow-addon.ts"

const isNative = chooseBackend(undefined).backend === "tensorflow"
const title = isNative ? "a compiled function" : "a compiled function (skipped: no native TensorFlow here)"

describe.runIf(isNative)(title, () => {
  let ops: Ops
  let [loads, unloads] = [0, 0]
  beforeAll(() => {
    pinEnvironment(1)
    const addon = loadAddon()
    const counting: Addon = Object.create(addon, {
      loadSavedModel: {
        value: (folder: string, tags: string) => {
          loads += 1
          return addon.loadSavedModel(folder, tags)
        }
      },
      deleteSavedModel: {
        value: (model: number) => {
          unloads += 1
          addon.deleteSavedModel(model)
        }
      }
    })
    ops = tensorflowOps("graph", counting).ops
  })
  beforeEach(() => {
    loads = 0
    unloads = 0
  })

  const row = (...values: ReadonlyArray<number>): Tensor => ops.floats(Float32Array.from(values), [1, values.length])
  const read = (x: Tensor): ReadonlyArray<number> => [...ops.read(x)]

  it("given inputs of other shapes, then one graph serves them all, and each has its own result", () => {
    ops.scope(() => {
      const halves = ops.compile(({ x }: { readonly x: Tensor }) => {
        const [left, right] = ops.split(x, [1, x.shape[1] - 1], 1)
        return ops.concat([right, ops.scale(left, 10), ops.zeros([1, x.shape[1]])], 1)
      })
      assert.deepStrictEqual(read(halves({ x: row(1, 2) })), [2, 10, 0, 0])
      assert.deepStrictEqual(read(halves({ x: row(3, 4, 5) })), [4, 5, 30, 0, 0, 0])
      assert.deepStrictEqual(halves({ x: row(3, 4, 5) }).shape, [1, 6])
      assert.deepStrictEqual(read(halves({ x: row(6, 7) })), [7, 60, 0, 0])
      assert.strictEqual(loads, 1)
    })
  })

  it("given another constant, then it is computed with that one, from a graph of its own", () => {
    ops.scope(() => {
      const times = ops.compile(({ by, x }: { readonly by: number; readonly x: Tensor }) => ops.scale(x, by))
      assert.deepStrictEqual(read(times({ by: 2, x: row(1, 2) })), [2, 4])
      assert.deepStrictEqual(read(times({ by: 3, x: row(1, 2) })), [3, 6])
      assert.deepStrictEqual(read(times({ by: 2, x: row(5) })), [10])
      assert.strictEqual(loads, 2)
    })
  })

  it("given null for a tensor or a tensor in another place, then another trace", () => {
    ops.scope(() => {
      type Inputs = { readonly x: Tensor; readonly plus: Tensor | null; readonly minus: Tensor | null }
      const changed = ops.compile(({ minus, plus, x }: Inputs) => {
        const more = plus === null ? x : ops.add(x, plus)
        return minus === null ? more : ops.sub(more, minus)
      })
      assert.deepStrictEqual(read(changed({ x: row(5), plus: row(2), minus: null })), [7])
      assert.deepStrictEqual(read(changed({ x: row(5), plus: null, minus: row(2) })), [3])
      assert.deepStrictEqual(read(changed({ x: row(5), plus: row(2), minus: row(1) })), [6])
    })
  })

  it("given functions that write the same graph, then it is loaded once", () => {
    ops.scope(() => {
      const body = ({ x }: { readonly x: Tensor }) => ops.sigmoid(ops.square(x))
      const [first, second] = [ops.compile(body), ops.compile(body)]
      assert.deepStrictEqual(read(first({ x: row(1) })), read(second({ x: row(1) })))
      assert.strictEqual(loads, 1)
    })
  })

  it("given a nested arrangement, then it comes back as the function returned it, an input and an output twice included", () => {
    ops.scope(() => {
      const arranged = ops.compile(({ x, ys }: { readonly x: Tensor; readonly ys: ReadonlyArray<Tensor> }) => {
        const square = ops.square(x)
        const [first, second] = ops.split(x, [1, 1], 1)
        return { square, again: [square, { x, none: null }], parts: [second, first], ys, word: "as it is" }
      })
      const { again, parts, square, word, ys } = arranged({ x: row(2, 3), ys: [row(7), row(8)] })
      assert.deepStrictEqual(read(square), [4, 9])
      assert.deepStrictEqual(parts.map(read), [[3], [2]])
      assert.deepStrictEqual(ys.map(read), [[7], [8]])
      assert.strictEqual(word, "as it is")
      const [twice, inner] = again
      assert.isTrue("handle" in twice && "none" in inner && inner.none === null)
    })
  })

  it("given a tensor that is no input, then it is refused, and the next call works", () => {
    ops.scope(() => {
      const hidden = row(1, 2, 3)
      const wrong = ops.compile(({ x }: { readonly x: Tensor }) => ops.add(x, hidden))
      assert.throws(() => wrong({ x: row(1, 1, 1) }), /used a tensor \[1, 3\] that is none of its inputs/)
      const right = ops.compile(({ x }: { readonly x: Tensor }) => ops.add(x, x))
      assert.deepStrictEqual(read(right({ x: row(1) })), [2])
      assert.deepStrictEqual(read(ops.add(hidden, hidden)), [2, 4, 6]) // and operations run at once again
    })
  })

  it("given shapes that do not fit, then the error names the kernel and the shapes, and nothing stays behind", () => {
    const live = ops.live()
    ops.scope(() => {
      const product = ops.compile(({ a, b }: { readonly a: Tensor; readonly b: Tensor }) => ops.matMul(a, b, "nn"))
      assert.throws(
        () => product({ a: row(1, 2), b: row(1, 2, 3) }),
        /Matrix size-incompatible: In\[0\]: \[1,2\], In\[1\]: \[1,3\]\s+\[\[\{\{node MatMul_/
      )
      assert.deepStrictEqual(read(product({ a: row(3), b: row(1, 2) })), [3, 6])
    })
    assert.strictEqual(ops.live(), live)
  })

  it("given a result in bfloat16, then it is one for what comes after, at once or compiled", () => {
    ops.scope(() => {
      const narrowed = ops.compile(({ x }: { readonly x: Tensor }) => ops.narrow(x))
      const half = narrowed({ x: row(1.001, 3) })
      assert.strictEqual(half.element, "bfloat16")
      assert.deepStrictEqual(read(ops.matMul(half, row(2, 4), "nt")), [14])
      const product = ops.compile(({ a, b }: Record<"a" | "b", Tensor>) => ops.matMul(a, b, "nt"))
      assert.deepStrictEqual(read(product({ a: half, b: row(2, 4) })), [14])
      assert.notStrictEqual(read(product({ a: row(1.001, 3), b: row(2, 4) }))[0], 14)
    })
  })

  it("given one compiled function within another, then they are one graph", () => {
    ops.scope(() => {
      const inner = ops.compile(({ x }: { readonly x: Tensor }) => ops.square(x))
      const outer = ops.compile(({ x }: { readonly x: Tensor }) => ops.scope(() => ops.add(inner({ x }), x)))
      assert.deepStrictEqual(read(outer({ x: row(2, 3) })), [6, 12])
      assert.strictEqual(loads, 1)
    })
  })

  it("given rows written in place, then the input has them too, and the result is read after the writing", () => {
    ops.scope(() => {
      const target = ops.floats(new Float32Array(6), [3, 2])
      const write = ops.compile((input: { readonly rows: Tensor; readonly at: Tensor; readonly values: Tensor }) =>
        ops.scale(ops.writeRows(input.rows, input.at, input.values), 2)
      )
      const at = ops.indices(Int32Array.of(2, 0))
      const values = ops.floats(Float32Array.of(1, 2, 3, 4), [2, 2])
      assert.deepStrictEqual(read(write({ rows: target, at, values })), [6, 8, 0, 0, 2, 4])
      assert.deepStrictEqual(read(target), [3, 4, 0, 0, 1, 2])
    })
  })

  it("given more scalars and sizes than are kept for the next call, then each is still itself", () => {
    ops.scope(() => {
      const x = row(0.5)
      for (let i = 0; i < 17_000; i++) ops.scope(() => ops.addScalar(x, i))
      const longer = ops.compile(({ x }: { readonly x: Tensor }) => ops.zeros([1, x.shape[1]]))
      for (let i = 0; i < 40; i++) {
        assert.deepStrictEqual(read(ops.addScalar(x, i)), [i + 0.5])
        assert.deepStrictEqual(longer({ x: ops.reshape(row(...Array<number>(i + 1).fill(1)), [1, i + 1]) }).shape, [
          1,
          i + 1
        ])
      }
    })
  })

  it("given a thousand calls of as many shapes and constants, then nothing stays alive and graphs are bounded", () => {
    const live = ops.live()
    const times = ops.compile(({ by, x }: { readonly by: number; readonly x: Tensor }) => ops.scale(x, by))
    for (let i = 0; i < 1000; i++)
      ops.scope(() => {
        const x = ops.floats(new Float32Array(1 + (i % 700)).fill(1), [1, 1 + (i % 700)])
        assert.strictEqual(read(times({ by: i % 400, x }))[i % 700], i % 400)
      })
    assert.strictEqual(ops.live(), live)
    assert.isAtMost(loads - unloads, 256)
    assert.isAbove(unloads, 0)
  })
})
