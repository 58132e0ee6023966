/**
 * A cohort's answers: prompts are read once, then every sample grows token by token until it ends.
 *
 * Samples that have ended leave the batch when enough of them have; which shapes follow is a function of the tokens
 * drawn, and each draw one of its coordinates and logits, so that a cohort gives the same bits each time it is sampled.
 */
import { hashOf, uniformAt } from "../random/uniform-at.ts"
import { packPrompts } from "./batch.ts"
import { type Caches, growCaches, selectFromCaches, startCaches } from "./cache.ts"
import { decodeStep, type Grid } from "./decode.ts"
import { type Device, layersForward, passOver, predictingRows } from "./decoder.ts"
import type { Generated, GenerateRequest } from "./engine.ts"
import { EngineError } from "./engine-error.ts"
import { hidden } from "./masks.ts"
import { sampler } from "./sample.ts"
import type { PolicyWeights } from "./weights.ts"

/** Positions that caches grow by. */
const capacityStep = 16
/** Prompts up to this length are copied into the caches; longer ones are shared, to save their memory and reading. */
const longestCopied = 32
/** The grid shrinks once it can become this small a part of itself. */
const shrinkTo = 0.75
/** A cell of the grid without a sample. */
const empty = -1

interface Rollout {
  readonly promptId: string
  readonly promptHash: number
  readonly sampleIndex: number
  readonly tokens: Array<number>
  readonly logProbs: Array<number>
  readonly entropies: Array<number>
  stop: "eos" | "length" | null
}

/** Which rollout each cell of the grid holds, and what the device holds for them. */
interface State {
  readonly grid: Grid
  /** [prompts * samples] indices of rollouts, or `empty`. */
  readonly cells: ReadonlyArray<number>
  /** Left padding of each prompt of the grid. */
  readonly padding: ReadonlyArray<number>
  readonly caches: Caches
}

const rolloutsOf = ({ prompts }: GenerateRequest): ReadonlyArray<ReadonlyArray<Rollout>> =>
  prompts.map(({ firstSample, promptId, samples }) =>
    Array.from({ length: samples }, (_, s) => ({
      promptId,
      promptHash: hashOf(promptId),
      sampleIndex: firstSample + s,
      tokens: [],
      logProbs: [],
      entropies: [],
      stop: null
    }))
  )

/** Reads the prompts: logits [prompts, vocabulary] for the first tokens, and empty caches for what follows. */
const prefill = (
  device: Device,
  weights: PolicyWeights,
  request: GenerateRequest,
  own: ReadonlyArray<ReadonlyArray<Rollout>>
) => {
  const { ops } = device
  const batch = packPrompts(request.prompts.map(({ tokens }) => tokens))
  const { kept, logits } = ops.scope(() => {
    const pass = passOver(device, batch)
    const { kept, x } = layersForward(pass, weights, ({ blocks }) => ({
      key: blocks[0].heads.key,
      value: blocks[0].heads.value
    }))
    return { kept, logits: ops.read(ops.matMul(predictingRows(pass, x).y, weights.head, "nt")) }
  })
  const samples = Math.max(...own.map(({ length }) => length))
  const columns = batch.promptBlock.positions
  const isCopied = columns <= longestCopied
  const capacity = (isCopied ? columns : 0) + Math.min(capacityStep, request.maxTokens)
  const grid = { prompts: own.length, samples, columns, isCopied, capacity }
  let next = 0
  const cells = own.flatMap((rollouts) =>
    Array.from({ length: samples }, (_, s) => (s < rollouts.length ? next++ : empty))
  )
  return { logits, state: { grid, cells, padding: batch.padding, caches: startCaches(device, kept, grid) } }
}

/** Draws the token at `position` for every rollout that goes on; `rowOf` says where a cell's logits stand. */
const drawAll = (
  request: GenerateRequest,
  draw: ReturnType<typeof sampler>["draw"],
  eosIds: ReadonlySet<number>,
  rollouts: ReadonlyArray<Rollout>,
  logits: Float32Array,
  vocabulary: number,
  { cells }: State,
  rowOf: (cell: number) => number
): void => {
  const { maxTokens, seed, step, stream, temperature } = request
  cells.forEach((index, cell) => {
    const rollout = index === empty ? null : rollouts[index]
    if (rollout === null || rollout.stop !== null) return
    const { promptHash, sampleIndex, tokens } = rollout
    const at = { stream, step, prompt: promptHash, sample: sampleIndex, position: tokens.length }
    const uniform = temperature === 0 ? 0 : uniformAt(seed, at)
    const row = rowOf(cell)
    const drawn = draw(logits.subarray(row * vocabulary, (row + 1) * vocabulary), temperature, uniform)
    if (!Number.isFinite(drawn.logProb)) {
      const detail = `the logits of ${rollout.promptId}/${sampleIndex} at token ${tokens.length} are not finite`
      throw new EngineError({ operation: "generate", reason: "not-finite", detail })
    }
    tokens.push(drawn.token)
    rollout.logProbs.push(drawn.logProb)
    rollout.entropies.push(drawn.entropy)
    if (eosIds.has(drawn.token)) rollout.stop = "eos"
    else if (tokens.length === maxTokens) rollout.stop = "length"
  })
}

/** Drops prompts that are done and moves the live samples of the others together, once that saves enough. */
const shrink = (device: Device, state: State, rollouts: ReadonlyArray<Rollout>): State => {
  const { cells, grid, padding } = state
  const { prompts, samples } = grid
  const live = Array.from({ length: prompts }, (_, p) =>
    Array.from({ length: samples }, (_, s) => p * samples + s).filter(
      (cell) => cells[cell] !== empty && rollouts[cells[cell]].stop === null
    )
  )
  const kept = live.flatMap((own, p) => (own.length > 0 ? [p] : []))
  const width = Math.max(...live.map(({ length }) => length))
  if (kept.length * width > shrinkTo * prompts * samples) return state
  const sources = kept.flatMap((p) => Array.from({ length: width }, (_, s) => live[p][Math.min(s, live[p].length - 1)]))
  return {
    grid: { ...grid, prompts: kept.length, samples: width },
    cells: kept.flatMap((p) =>
      Array.from({ length: width }, (_, s) => (s < live[p].length ? cells[live[p][s]] : empty))
    ),
    padding: kept.map((p) => padding[p]),
    caches: selectFromCaches(device, state.caches, grid, kept, sources)
  }
}

/** The cache column of the response token at a position. */
const columnOf = ({ columns, isCopied }: Grid, position: number): number => (isCopied ? columns : 0) + position

const withRoom = (device: Device, state: State, position: number, maxTokens: number): State => {
  const { caches, grid } = state
  if (columnOf(grid, position) < grid.capacity) return state
  const capacity = Math.min(grid.capacity + capacityStep, columnOf(grid, maxTokens))
  return { ...state, grid: { ...grid, capacity }, caches: growCaches(device, caches, capacity) }
}

/** Hides what each prompt is padded with in the first of `width` columns: [prompts, 1, width]. */
const paddingMask = (padding: ReadonlyArray<number>, width: number): Float32Array => {
  const mask = new Float32Array(padding.length * width)
  padding.forEach((count, p) => {
    mask.fill(hidden, p * width, p * width + count)
  })
  return mask
}

/** The masks of a step: what caches may not show, and what prompts that are not copied may not. */
const stepMasks = ({ ops }: Device, { grid, padding }: State, position: number) => {
  const { capacity, columns, isCopied, prompts } = grid
  const isPadded = padding.some((count) => count > 0)
  const after = columnOf(grid, position) + 1
  if (isPadded && isCopied) {
    const mask = paddingMask(padding, capacity)
    for (let p = 0; p < prompts; p++) mask.fill(hidden, p * capacity + after, (p + 1) * capacity)
    return { mask: ops.floats(mask, [prompts, 1, capacity]), padding: null }
  }
  return {
    mask: ops.floats(new Float32Array(capacity).fill(hidden, after), [capacity]),
    padding: isPadded ? ops.floats(paddingMask(padding, columns), [prompts, 1, columns]) : null
  }
}

/** Logits after the token at `position` of every cell. */
const stepAt = (
  device: Device,
  weights: PolicyWeights,
  rollouts: ReadonlyArray<Rollout>,
  state: State,
  position: number
): Float32Array => {
  const { config, ops, rotations } = device
  const { caches, cells, grid } = state
  return ops.scope(() => {
    const tokens = Int32Array.from(cells, (index) => (index === empty ? 0 : rollouts[index].tokens[position]))
    const sequences = config.keyValueHeads * cells.length
    const column = columnOf(grid, position)
    const inputs = {
      tokens: ops.indices(tokens),
      rotation: ops.reshape(rotations.of(grid.columns + position, 1), [config.headSize, config.headSize]),
      places: ops.indices(Int32Array.from({ length: sequences }, (_, i) => i * grid.capacity + column)),
      ...stepMasks(device, state, position)
    }
    return ops.read(decodeStep(device, weights, grid, inputs, caches))
  })
}

/** Samples a cohort: prompt after prompt, sample after sample. Throws EngineError (not-finite). */
export const generateCohort = (
  device: Device,
  weights: PolicyWeights,
  request: GenerateRequest
): ReadonlyArray<Generated> => {
  const { config, ops } = device
  const { vocabularySize } = config
  const own = rolloutsOf(request)
  const rollouts = own.flat()
  const eosIds = new Set(config.eosIds)
  const { draw } = sampler(vocabularySize)
  const start = prefill(device, weights, request, own)
  let state: State = start.state
  try {
    const { samples } = state.grid
    drawAll(request, draw, eosIds, rollouts, start.logits, vocabularySize, state, (cell) => Math.floor(cell / samples))
    for (let position = 0; position + 1 < request.maxTokens; position++) {
      if (rollouts.every(({ stop }) => stop !== null)) break
      state = withRoom(device, shrink(device, state, rollouts), position, request.maxTokens)
      const logits = stepAt(device, weights, rollouts, state, position)
      drawAll(request, draw, eosIds, rollouts, logits, vocabularySize, state, (cell) => cell)
    }
  } finally {
    ops.free(state.caches)
  }
  return rollouts.map(({ entropies, logProbs, promptId, sampleIndex, stop, tokens }) => ({
    promptId,
    sampleIndex,
    tokens: Int32Array.from(tokens),
    logProbs: Float32Array.from(logProbs),
    entropies: Float32Array.from(entropies),
    stop: stop ?? "length"
  }))
}
