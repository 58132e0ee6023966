/** Who frees a tensor, and when. */
import { assert, beforeEach, describe, it } from "@effect/vitest"
import type { Tensor } from "./ops.ts"
import { type TensorScopes, tensorScopes } from "./tensor-scopes.ts"

let scopes: TensorScopes
let released: Array<number>
let last = 0
beforeEach(() => {
  released = []
  scopes = tensorScopes((handle) => released.push(handle))
})
const make = (): Tensor => {
  last += 1
  return scopes.made({ handle: last, shape: [] })
}

describe("a scope", () => {
  it("given tensors it returns in a nested value, then it frees the others, and the scope around frees those", () => {
    let inner: ReadonlyArray<Tensor> = []
    make() // outside
    let gone = last
    scopes.scope(() => {
      const value = scopes.scope(() => {
        gone = make().handle
        return { parts: [make(), { deep: make() }], word: "x", none: null }
      })
      assert.deepStrictEqual(released, [gone])
      const [first, second] = value.parts
      if ("handle" in first && "deep" in second) inner = [first, second.deep]
      return null
    })
    assert.sameMembers(
      released.slice(1),
      inner.map(({ handle }) => handle)
    )
    assert.strictEqual(scopes.live(), 1) // what was made outside
  })

  it("given a body that throws, then all it made is freed, and later tensors belong to the scope around", () => {
    scopes.scope(() => {
      assert.throws(() =>
        scopes.scope(() => {
          make()
          throw new Error("no")
        })
      )
      assert.strictEqual(scopes.live(), 0)
      make()
      return null
    })
    assert.strictEqual(scopes.live(), 0)
  })

  it("given a tensor that was freed by hand, then it is not freed twice", () => {
    scopes.scope(() => {
      const x = make()
      scopes.free([x, { again: x }])
      scopes.free(x)
      return null
    })
    assert.lengthOf(released, 1)
  })
})

describe("keep", () => {
  it("given a result, then no scope around frees it, and what is made after it still belongs to its scope", () => {
    const kept = scopes.scope(() => {
      make()
      const long = scopes.keep(() => {
        make()
        return scopes.scope(make)
      })
      make()
      assert.strictEqual(scopes.live(), 3)
      return long
    })
    assert.strictEqual(scopes.live(), 1)
    scopes.free(kept)
    assert.strictEqual(scopes.live(), 0)
  })

  it("given a body that throws, then the scopes around are open again", () => {
    scopes.scope(() => {
      assert.throws(() =>
        scopes.keep(() => {
          make()
          throw new Error("no")
        })
      )
      make()
      return null
    })
    assert.strictEqual(scopes.live(), 0)
  })
})
