/**
 * Who frees a tensor: the innermost scope it was made in, unless the scope returns it to the one around.
 */
import type { Tensor } from "./ops.ts"

export interface TensorScopes {
  /** Notes a new tensor. */
  readonly made: (x: Tensor) => Tensor
  readonly free: (value: unknown) => void
  readonly scope: <A>(body: () => A) => A
  readonly keep: <A>(body: () => A) => A
  readonly live: () => number
}

const isTensor = (value: object): value is Tensor => "handle" in value

const collect = (value: unknown, into: Set<number>): void => {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return
  if (isTensor(value)) into.add(value.handle)
  else for (const part of Object.values(value)) collect(part, into)
}

/** @param release gives a handle's memory back */
export const tensorScopes = (release: (handle: number) => void): TensorScopes => {
  const alive = new Set<number>()
  const open: Array<Array<number>> = []

  const freeHandle = (handle: number): void => {
    if (alive.delete(handle)) release(handle)
  }

  const scope = <A>(body: () => A): A => {
    const own: Array<number> = []
    const kept = new Set<number>()
    open.push(own)
    try {
      const result = body()
      collect(result, kept)
      return result
    } finally {
      open.pop()
      const outer = open.at(-1)
      for (const handle of own) {
        if (kept.has(handle)) outer?.push(handle)
        else freeHandle(handle)
      }
    }
  }

  return {
    made: (x) => {
      alive.add(x.handle)
      open.at(-1)?.push(x.handle)
      return x
    },
    free: (value) => {
      const handles = new Set<number>()
      collect(value, handles)
      for (const handle of handles) freeHandle(handle)
    },
    live: () => alive.size,
    scope,
    keep: (body) => {
      const around = open.splice(0)
      try {
        return scope(body)
      } finally {
        open.push(...around)
      }
    }
  }
}
