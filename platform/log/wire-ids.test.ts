import { assert, describe, it } from "@effect/vitest"
import { catalogueIds, registryIds, spelled } from "./wire-ids.ts"

const value = (id: number, ...body: ReadonlyArray<number>): Uint8Array =>
  Uint8Array.of(0, id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff, ...body)

/** The registry knows 302 as 7, and as 9 in other words. */
const ids = () => {
  const asked: Array<number> = []
  const wire = registryIds([{ catalogue: 302, registry: 7 }], async (id) => {
    asked.push(id)
    return id === 9 ? 302 : null
  })
  return { asked, wire }
}

describe("the schema ids in a topic", () => {
  it("given an id of ours, then the registry's goes out, and the value is left as it was", () => {
    const mine = value(302, 1, 2)
    assert.deepStrictEqual(ids().wire.outgoing(mine), value(7, 1, 2))
    assert.deepStrictEqual(mine, value(302, 1, 2))
  })

  it("given an id of the registry, then ours comes in, also where it has it in other words", async () => {
    const { asked, wire } = ids()
    const came = [value(7, 1), value(9, 2)]
    await wire.incoming(came)
    assert.deepStrictEqual(came, [value(302, 1), value(302, 2)])
    assert.deepStrictEqual(asked, [9])
  })

  it("given a stranger's id, then it is asked for once, is no id of the catalogue, and goes out as it came", async () => {
    const { asked, wire } = ids()
    // 302 is the catalogue's for one schema and the registry's for another.
    const came = [value(302, 1), value(302, 2)]
    await Promise.all([wire.incoming([came[0]]), wire.incoming([came[1]])])
    await wire.incoming([value(302)])
    assert.deepStrictEqual(came, [value(0x8000_012e, 1), value(0x8000_012e, 2)])
    assert.deepStrictEqual(asked, [302])
    assert.deepStrictEqual(wire.outgoing(came[0]), value(302, 1))
    assert.strictEqual(spelled(0x8000_012e), "302 in the schema registry")
  })

  it("given an id that is nobody's, then it comes in as it went out, and no registry is asked", async () => {
    const { asked, wire } = ids()
    const sent = wire.outgoing(value(9901, 1))
    await wire.incoming([sent])
    assert.deepStrictEqual(sent, value(9901, 1))
    assert.deepStrictEqual(asked, [])
  })

  it("given a registry that fails once, then it is asked again", async () => {
    let asked = 0
    const wire = registryIds([], async () => {
      if (asked++ === 0) throw new Error("not now")
      return 302
    })
    assert.strictEqual(await wire.incoming([value(5)]).catch(String), "Error: not now")
    const came = value(5)
    await wire.incoming([came])
    assert.deepStrictEqual(came, value(302))
  })

  it("given what is no event, then it passes as it is", async () => {
    const { wire } = ids()
    for (const bytes of [[], [0], [0, 0, 0, 7], [1, 0, 0, 0, 7, 1], [104, 105]]) {
      const text = Uint8Array.from(bytes)
      assert.strictEqual(wire.outgoing(text), text)
      await wire.incoming([text])
      assert.deepStrictEqual(text, Uint8Array.from(bytes))
    }
  })

  it("given no registry, then nothing changes", async () => {
    const event = value(302, 1)
    assert.strictEqual(catalogueIds.outgoing(event), event)
    await catalogueIds.incoming([event])
    assert.deepStrictEqual(event, value(302, 1))
  })
})
