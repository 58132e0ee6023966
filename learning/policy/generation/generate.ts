/**
 * A cohort's answers: prompts are read once, then every sample grows token by token until it ends.
 *
 * As many sequences grow at once as there are slots. Which shapes follow is a function of the tokens drawn, and each draw
 * one of its coordinates and its distribution, so that a cohort gives the same bits each time it is sampled.
 */
import type { Device } from "../device.ts"
import { packPrompts } from "../model/batch.ts"
import { headShapeOf, layersForward, passOver } from "../model/decoder.ts"
import { hidden } from "../model/masks.ts"
import type { PolicyWeights } from "../model/weights.ts"
import type { Generated, GenerateRequest, PromptRequest } from "../requests.ts"
import { startCaches } from "./cache.ts"
import type { Distribution } from "./distribution.ts"
import { type Ending, endingOf, generatedOf, type Rollout, rolloutsOf, uniformOf } from "./rollout.ts"
import { drawTokens, type HostDistribution, mostLikely } from "./sample.ts"
import { columnOf, firstCapacity, isLive, positionIn, type Slots, shrunk, withRoom } from "./slots.ts"

/** Prompts up to this length are copied into the caches; longer ones are shared, to save their memory and reading. */
const longestCopied = 32

/** A cohort's request on its device. */
interface Cohort {
  readonly device: Device
  readonly weights: PolicyWeights
  readonly request: GenerateRequest
  readonly ending: Ending
  /** Of the distribution: 1 where the most likely token is taken. */
  readonly temperature: number
}

const readDistribution = ({ device: { ops }, request }: Cohort, distribution: Distribution): HostDistribution => ({
  columns: distribution.total.shape[1],
  values: ops.read(request.temperature === 0 ? distribution.shifted : distribution.weights),
  total: ops.read(distribution.total),
  weighted: ops.read(distribution.weighted)
})

/** Draws the next token of each rollout from the column beside it. */
const drawInto = (
  { ending, request }: Cohort,
  distribution: HostDistribution,
  rollouts: ReadonlyArray<readonly [rollout: Rollout, column: number]>
): void => {
  const { temperature, topK = 0, topP = 1 } = request
  const draws = rollouts.map(([rollout, column]) => ({
    column,
    uniform: temperature === 0 ? 0 : uniformOf(request, rollout),
    banned: ending.banned(rollout)
  }))
  const drawn =
    temperature === 0
      ? draws.map((draw) => mostLikely(distribution, draw))
      : drawTokens(distribution, draws, { topK, topP })
  rollouts.forEach(([rollout], i) => {
    ending.take(rollout, drawn[i])
  })
}

/** Reads the prompts: what their first tokens may be, and their keys and values in each layer, for whoever asked to free. */
const prefill = (cohort: Cohort, prompts: ReadonlyArray<PromptRequest>) => {
  const { device, temperature, weights } = cohort
  const { config, ops, programs } = device
  const batch = packPrompts(prompts.map(({ tokens }) => tokens))
  const started = ops.scope(() => {
    const pass = passOver(device, batch)
    const { kept, x } = layersForward(device, batch, weights, (layer, before) => {
      const { key, value, x } = programs.layerPrompt({ pass, weights: weights.layers[layer], x: before })
      return { x, kept: { key, value } }
    })
    const last = ops.transpose(ops.gather(ops.transpose(x, [1, 0]), ops.indices(batch.sources)), [1, 0])
    const { head, norm } = weights
    const first = programs.distribution({ epsilon: config.normEpsilon, temperature, x: last, norm, head })
    return { kept, first: readDistribution(cohort, first) }
  })
  return { ...started, padding: batch.padding, columns: batch.promptBlock.positions }
}

/** The masks of a step: what a slot may see of its cache, and what prompts that are not copied show. */
const stepMasks = ({ ops }: Device, { cells, grid, padding }: Slots) => {
  const { capacity, columns, isCopied, prompts, samples } = grid
  const isPadded = padding.some((count) => count > 0)
  const mask = new Float32Array(cells.length * capacity)
  cells.forEach((rollout, cell) => {
    const row = cell * capacity
    mask.fill(hidden, row + columnOf(grid, positionIn(rollout)) + 1, row + capacity)
    if (isCopied) mask.fill(hidden, row, row + padding[Math.floor(cell / samples)])
  })
  const before = new Float32Array(prompts * columns)
  padding.forEach((count, p) => {
    before.fill(hidden, p * columns, p * columns + count)
  })
  return {
    mask: ops.floats(mask, [cells.length, 1, capacity]),
    padding: isPadded && !isCopied ? ops.floats(before, [prompts, 1, columns]) : null
  }
}

/** What may follow the newest token of every slot. */
const stepFrom = (cohort: Cohort, slots: Slots): HostDistribution => {
  const { device, temperature, weights } = cohort
  const { config, ops, programs, rotations } = device
  const { caches, cells, grid } = slots
  return ops.scope(() => {
    const positions = Int32Array.from(cells, positionIn)
    const places = Int32Array.from({ length: config.keyValueHeads * cells.length }, (_, i) => {
      return i * grid.capacity + columnOf(grid, positions[i % cells.length])
    })
    const distribution = programs.decodeStep({
      ...{ epsilon: config.normEpsilon, heads: headShapeOf(config), temperature, grid, weights, caches },
      tokens: ops.indices(Int32Array.from(cells, (rollout) => rollout?.tokens.at(-1) ?? 0)),
      rotation: rotations.at(positions.map((position) => grid.columns + position)),
      places: ops.indices(places),
      ...stepMasks(device, slots)
    })
    return readDistribution(cohort, distribution)
  })
}

/** Answers to prompts whose slots all fit: all of their rollouts, in the order of prompts and samples. */
const generateWave = (
  cohort: Cohort,
  prompts: ReadonlyArray<PromptRequest>,
  samples: number
): ReadonlyArray<Rollout> => {
  const { device, request } = cohort
  const own = prompts.map((prompt) => rolloutsOf(prompt, request))
  const waiting = new Map(own.map((rollouts) => [rollouts[0].promptId, [...rollouts]]))
  const columnsOfPrompts = new Map(prompts.map(({ promptId }, p) => [promptId, p]))
  const { columns, first, kept, padding } = prefill(cohort, prompts)
  /** The next rollouts of a prompt that do not end with their first token, one for each slot. */
  const nextOf = (promptId: string, count: number): ReadonlyArray<Rollout | null> => {
    const queue = waiting.get(promptId) ?? []
    const column = columnsOfPrompts.get(promptId) ?? 0
    const taken: Array<Rollout> = []
    while (taken.length < count && queue.length > 0) {
      const started = queue.splice(0, count - taken.length)
      drawInto(
        cohort,
        first,
        started.map((rollout) => [rollout, column])
      )
      taken.push(...started.filter(isLive))
    }
    return Array.from({ length: count }, (_, i) => taken[i] ?? null)
  }
  const isCopied = columns <= longestCopied
  const grid = {
    ...{ prompts: prompts.length, samples, columns, isCopied },
    capacity: firstCapacity(isCopied ? columns : 0, request.maxTokens)
  }
  const cells = prompts.flatMap(({ promptId }) => nextOf(promptId, samples))
  let slots: Slots = { grid, cells, padding, caches: startCaches(device, kept, grid) }
  try {
    while (slots.cells.some(isLive)) {
      slots = withRoom(device, shrunk(device, slots), request.maxTokens)
      const live = slots.cells.flatMap((rollout, cell) => (isLive(rollout) ? [[rollout, cell] as const] : []))
      drawInto(cohort, stepFrom(cohort, slots), live)
      slots = {
        ...slots,
        cells: slots.cells.map((rollout) =>
          rollout === null || rollout.stop === null ? rollout : nextOf(rollout.promptId, 1)[0]
        )
      }
    }
  } finally {
    device.ops.free(slots.caches)
  }
  return own.flat()
}

/**
 * Samples a cohort: prompt after prompt, sample after sample. Throws EngineError (not-finite).
 *
 * @param textOf the text of response tokens; needed where the request names stop texts
 */
export const generateCohort = (
  device: Device,
  weights: PolicyWeights,
  request: GenerateRequest,
  textOf: ((tokens: ReadonlyArray<number>) => string) | null = null
): ReadonlyArray<Generated> => {
  const { prompts, temperature } = request
  const most = Math.max(...prompts.map(({ samples }) => samples))
  const slots = request.slots ?? prompts.length * most
  const atOnce = Math.min(prompts.length, slots)
  const cohort: Cohort = {
    ...{ device, weights, request },
    ending: endingOf(request, device.config.eosIds, textOf),
    temperature: temperature === 0 ? 1 : temperature
  }
  const generated: Array<Generated> = []
  for (let first = 0; first < prompts.length; first += atOnce) {
    const wave = prompts.slice(first, first + atOnce)
    const samples = Math.min(most, Math.max(1, Math.floor(slots / wave.length)))
    generated.push(...generateWave(cohort, wave, samples).map(generatedOf))
  }
  return generated
}
