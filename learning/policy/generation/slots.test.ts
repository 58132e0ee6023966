/** The grid of slots: when it shrinks, who stays where, what caches hold then, and when they grow. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { sequence } from "../../random/sequence.ts"
import type { Device } from "../device.ts"
import { deviceFor, plainConfig, testOps } from "../policies-for-tests.ts"
import type { Tensor } from "../tensors/ops.ts"
import { type Rollout, rolloutsOf } from "./rollout.ts"
import { columnOf, firstCapacity, isLive, positionIn, type Slots, shrunk, withRoom } from "./slots.ts"

const { headSize, keyValueHeads } = plainConfig
const capacity = 20
const columns = 7
let device: Device
beforeAll(async () => {
  device = deviceFor(await testOps(), plainConfig)
})

/** What a cache holds in each place: head, cell and position, as one number. */
const mark = (head: number, cell: number, position: number): number => head * 10_000 + cell * 100 + position

/** A grid whose caches say in every number where it stands, and rollouts of which some are over. */
const gridOf = (seed: number, isCopied: boolean): Slots => {
  const { below, between } = sequence(seed, 5)
  const [prompts, samples] = [between(1, 4), between(1, 6)]
  const cells = Array.from({ length: prompts * samples }, (_, cell): Rollout | null => {
    if (below(4) === 0) return null
    const [rollout] = rolloutsOf(
      { promptId: `p${cell}`, tokens: Int32Array.of(1), firstSample: cell, samples: 1 },
      { maxTokens: 99 }
    )
    const position = below(columns)
    for (let t = 0; t <= position; t++) rollout.tokens.push(t)
    rollout.stop = below(2) === 0 ? "eos" : null
    return rollout
  })
  const rows = (sequences: number, positions: number, offset: number): Tensor => {
    const values = new Float32Array(keyValueHeads * sequences * positions * headSize)
    for (let i = 0; i < values.length; i++) {
      const row = Math.floor(i / headSize)
      const [head, cell] = [Math.floor(row / (sequences * positions)), Math.floor(row / positions) % sequences]
      values[i] = offset + mark(head, cell, row % positions)
    }
    return device.ops.floats(values, [keyValueHeads * sequences * positions, headSize])
  }
  const prompt = (offset: number) =>
    device.ops.reshape(rows(prompts, columns, offset), [keyValueHeads * prompts, columns, headSize])
  const caches = [0, 1].map((layer) => ({
    prompt: isCopied ? null : { key: prompt(0.25 + layer / 8), value: prompt(0.5 + layer / 8) },
    key: rows(cells.length, capacity, layer / 8),
    value: rows(cells.length, capacity, 0.75 + layer / 8)
  }))
  const padding = Array.from({ length: prompts }, (_, p) => p)
  return { grid: { prompts, samples, columns, isCopied, capacity }, cells, padding, caches }
}

const firstOf = (x: Tensor): ReadonlyArray<number> => [...device.ops.read(x)].filter((_, i) => i % headSize === 0)

describe("shrunk", () => {
  it.each([true, false])(
    "given 60 grids, copied: %s, then the live rollouts keep their caches and nothing else changes",
    (isCopied) => {
      let changed = 0
      const live = device.ops.live()
      for (let seed = 0; seed < 60; seed++) {
        device.ops.scope(() => {
          const before = gridOf(seed, isCopied)
          if (!before.cells.some(isLive)) return
          const growing = before.cells.flatMap((rollout) => (isLive(rollout) ? [rollout] : []))
          const after = shrunk(device, before)
          assert.deepStrictEqual(
            after.cells.flatMap((rollout) => (isLive(rollout) ? [rollout] : [])),
            growing
          )
          const { prompts, samples } = after.grid
          assert.strictEqual(after.cells.length, prompts * samples)
          if (after === before) {
            const own = (p: number) => before.cells.slice(p * samples, (p + 1) * samples).filter(isLive).length
            const counts = Array.from({ length: prompts }, (_, p) => own(p))
            const least = counts.filter((count) => count > 0).length * Math.max(...counts)
            assert.isAbove(least, 0.75 * before.cells.length)
            return
          }
          changed += 1
          assert.isAtMost(after.cells.length, 0.75 * before.cells.length)
          after.caches.forEach(({ key, prompt, value }, layer) => {
            const [keys, values] = [firstOf(key), firstOf(value)]
            const [shared] = prompt === null ? [null] : [firstOf(prompt.key)]
            after.cells.forEach((rollout, cell) => {
              if (rollout === null) return
              const source = rollout.sampleIndex // its cell before
              assert.strictEqual(after.padding[Math.floor(cell / samples)], Math.floor(source / before.grid.samples))
              for (let head = 0; head < keyValueHeads; head++) {
                const row = (head * after.cells.length + cell) * capacity
                assert.strictEqual(keys[row + 3], layer / 8 + mark(head, source, 3))
                assert.strictEqual(values[row + capacity - 1], 0.75 + layer / 8 + mark(head, source, capacity - 1))
                if (shared !== null) {
                  const place = (head * prompts + Math.floor(cell / samples)) * columns + 2
                  const expected = mark(head, Math.floor(source / before.grid.samples), 2)
                  assert.strictEqual(shared[place], 0.25 + layer / 8 + expected)
                }
              }
            })
          })
          device.ops.free(after.caches)
        })
      }
      assert.isAbove(changed, 10)
      assert.strictEqual(device.ops.live(), live)
    }
  )
})

describe("withRoom", () => {
  it("given rollouts that have room, then nothing changes; given one that has none, then old contents and more room", () => {
    const live = device.ops.live()
    for (let seed = 0; seed < 20; seed++) {
      device.ops.scope(() => {
        const slots = gridOf(seed, true)
        assert.strictEqual(withRoom(device, slots, 1000), slots)
        const [rollout] = rolloutsOf(
          { promptId: "long", tokens: Int32Array.of(1), firstSample: 0, samples: 1 },
          { maxTokens: 1000 }
        )
        rollout.tokens.push(...new Array<number>(capacity - columns).fill(0))
        const last = { ...slots, cells: slots.cells.map((cell, i) => (i === 0 ? rollout : cell)) }
        assert.strictEqual(columnOf(last.grid, positionIn(rollout)), capacity - 1)
        assert.strictEqual(withRoom(device, last, 1000), last)
        rollout.tokens.push(0)
        const grown = withRoom(device, last, 1000)
        assert.strictEqual(grown.grid.capacity, capacity + 16)
        const rows = firstOf(grown.caches[1].key)
        const sequences = keyValueHeads * grown.cells.length
        for (let i = 0; i < sequences; i++) {
          const expected = 1 / 8 + mark(Math.floor(i / grown.cells.length), i % grown.cells.length, capacity - 1)
          assert.strictEqual(rows[i * grown.grid.capacity + capacity - 1], expected)
          assert.strictEqual(rows[i * grown.grid.capacity + capacity], 0)
        }
        device.ops.free(grown.caches)
      })
    }
    assert.strictEqual(device.ops.live(), live)
  })

  it("given a limit of tokens, then never more room than that needs", () => {
    device.ops.scope(() => {
      const slots = gridOf(1, true)
      const [rollout] = rolloutsOf(
        { promptId: "long", tokens: Int32Array.of(1), firstSample: 0, samples: 1 },
        { maxTokens: 1000 }
      )
      rollout.tokens.push(...new Array<number>(capacity - columns + 1).fill(0))
      const full = { ...slots, cells: slots.cells.map((cell, i) => (i === 0 ? rollout : cell)) }
      assert.strictEqual(withRoom(device, full, 16).grid.capacity, columns + 16)
      assert.deepStrictEqual([firstCapacity(5, 3), firstCapacity(5, 300)], [8, 21])
    })
  })
})
