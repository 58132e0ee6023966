/** What the layers leave behind on their way. */
import { assert, it } from "@effect/vitest"
import { deviceFor, plainConfig, policyOf, randomBatch, randomWeights, testOps } from "../policies-for-tests.ts"
import { packBatch } from "./batch.ts"
import { layersForward, passOver } from "./decoder.ts"

it("given many layers, then no more is alive in the last than in the first, where nothing is to be kept", async () => {
  const config = { ...plainConfig, layers: 6 }
  const device = deviceFor(await testOps(), config)
  const { ops, programs } = device
  const { weights } = policyOf(device, randomWeights(config, 1))
  const batch = packBatch(randomBatch(config, 1, [[4, 6, 2]]))
  const alive: Array<number> = []
  ops.scope(() => {
    const pass = passOver(device, batch)
    layersForward(device, batch, weights, (layer, x) => {
      alive.push(ops.live())
      return { x: programs.layerOutput({ pass, weights: weights.layers[layer], x }), kept: null }
    })
    return null
  })
  assert.deepStrictEqual(alive, new Array<number>(6).fill(alive[0]))
})
