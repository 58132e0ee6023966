/**
 * How the reference packs a batch: which responses its graphics cards see together. Onefold computes no differently for
 * it; but the reference's loss depends on it, and so `verl-microbatch` has to know.
 *
 * Follows verl as One-Shot-RLVR has it (ray_trainer.py, _balance_batch; seqlen_balancing.py, rearrange_micro_batches):
 * the batch is dealt to the ranks in equal numbers of sequences with balanced numbers of tokens, prompts included; each
 * rank cuts its own into ceil(tokens / limit) micro-batches, all ranks into as many as the one that needs most, again
 * balanced by tokens. Both by the largest differencing method of Karmarkar and Karp (1982). A mini-batch is packed here as
 * if it were a batch; the reference deals the whole batch first, then each rank takes its mini-batches in order.
 */

export interface MicroBatchSettings {
  /** At most about so many tokens in a micro-batch, prompts included: 24000 in the paper's scripts. */
  readonly tokens: number
  /** Data-parallel ranks: 8 in the paper's. */
  readonly ranks: number
  /** [B] prompt tokens of each rollout. */
  readonly promptLengths: ArrayLike<number>
}

interface Part {
  readonly sum: number
  readonly members: ReadonlyArray<number>
}
/** One way to spread some members over k parts, the largest part first. */
type Spread = ReadonlyArray<Part>

const nothing: Part = { sum: 0, members: [] }

/** Larger first: by sum, then by how many members, then by which; so that equal sums leave no choice. */
const largerFirst = (a: Part, b: Part): number => {
  if (a.sum !== b.sum) return b.sum - a.sum
  if (a.members.length !== b.members.length) return b.members.length - a.members.length
  for (const [i, member] of a.members.entries()) {
    if (member !== b.members[i]) return b.members[i] - member
  }
  return 0
}

const difference = (spread: Spread): number => spread[0].sum - spread[spread.length - 1].sum

/** The spread that is furthest from even, taken out of the list. */
const takeWidest = (spreads: Array<Spread>): Spread => {
  let widest = 0
  for (let i = 1; i < spreads.length; i++) {
    const wider = difference(spreads[i]) - difference(spreads[widest])
    if (wider > 0 || (wider === 0 && largerFirst(spreads[i][0], spreads[widest][0]) < 0)) widest = i
  }
  return spreads.splice(widest, 1)[0]
}

/** The largest part of one with the smallest of the other, and so on. */
const merged = (a: Spread, b: Spread): Spread =>
  a
    .map((part, i): Part => {
      const other = b[b.length - 1 - i]
      return { sum: part.sum + other.sum, members: [...part.members, ...other.members] }
    })
    .sort(largerFirst)

/**
 * Members in `parts` parts whose sums are nearly equal; with `isEqualSize` each has as many members.
 *
 * @param sizes [n]
 * @returns the members of each part, ascending
 * @throws RangeError where there are fewer members than parts, or they do not divide evenly and must
 */
export const balancedParts = (
  sizes: ReadonlyArray<number>,
  parts: number,
  isEqualSize: boolean
): ReadonlyArray<ReadonlyArray<number>> => {
  if (!Number.isInteger(parts) || parts < 1 || sizes.length < parts || (isEqualSize && sizes.length % parts !== 0)) {
    throw new RangeError(`${sizes.length} sequences cannot be dealt into ${parts} ${isEqualSize ? "equal " : ""}parts`)
  }
  const ascending = sizes.map((sum, i): Part => ({ sum, members: [i] })).sort((a, b) => largerFirst(b, a))
  const each = isEqualSize ? parts : 1
  const spreads = Array.from({ length: ascending.length / each }, (_, i): Spread => {
    const own = ascending.slice(i * each, (i + 1) * each)
    return [...own, ...new Array<Part>(parts - each).fill(nothing)].sort(largerFirst)
  })
  while (spreads.length > 1) {
    const first = takeWidest(spreads)
    spreads.push(merged(first, takeWidest(spreads)))
  }
  return spreads[0].map(({ members }) => members.toSorted((a, b) => a - b))
}

/**
 * The rollouts of each micro-batch, over all ranks.
 *
 * @param lengths [B] response tokens
 * @throws RangeError where the settings do not fit the batch
 */
export const microBatches = (
  lengths: ArrayLike<number>,
  { promptLengths, ranks, tokens }: MicroBatchSettings
): ReadonlyArray<ReadonlyArray<number>> => {
  if (promptLengths.length !== lengths.length) {
    throw new RangeError(`promptLengths has ${promptLengths.length} entries, the batch needs ${lengths.length}`)
  }
  const sizes = Array.from(lengths, (length, i) => promptLengths[i] + length)
  const longest = Math.max(...sizes)
  if (!(tokens >= longest)) {
    throw new RangeError(`a micro-batch of at most ${tokens} tokens has no room for a sequence of ${longest}`)
  }
  const dealt = balancedParts(sizes, ranks, true)
  const needed = dealt.map((own) => Math.ceil(own.reduce((sum, rollout) => sum + sizes[rollout], 0) / tokens))
  const count = Math.max(1, ...needed)
  return dealt.flatMap((own) =>
    balancedParts(
      own.map((rollout) => sizes[rollout]),
      count,
      false
    ).map((part) => part.map((i) => own[i]))
  )
}
