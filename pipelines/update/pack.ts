/**
 * Shards of work: how a batch is cut, and the bytes that one shard travels in.
 *
 * A shard takes the same number of rollouts of every example, so that each prompt is computed once for all its
 * rollouts, and rollouts of like length, so that little is padded: each example's rollouts are ranked by length, and
 * shard j takes the j-th stretch of every ranking. Ties go by sample index, so the cut follows from coordinates.
 */
import { Effect, Schema } from "effect"
import type { Divisors } from "../../learning/objective/token-objective.ts"
import { decodeSafetensors, encodeSafetensors } from "../../learning/policy/checkpoint/safetensors.ts"
import type { SequenceBatch } from "../../learning/policy/engine/engine.ts"
import type { Run } from "../runs.ts"

export interface PackedRollout {
  readonly promptId: string
  readonly sampleIndex: number
  /** [T] response tokens. */
  readonly tokens: Int32Array
  /** [T] what the ratio is taken to, nats. The arrays that follow are empty where the run does without them. */
  readonly oldLogProbs: Float32Array
  /** [T] */
  readonly advantages: Float32Array
  /** [T] ln pi(token) as the sampler recorded it, nats, where the ratio is taken to something else. */
  readonly behaviourLogProbs: Float32Array
  /** [T] nats, where they were computed before the gradient. */
  readonly referenceLogProbs: Float32Array
  /** [T] in units of reward. */
  readonly oldValues: Float32Array
  /** [T] in units of reward. */
  readonly returns: Float32Array
  /** What its sums are divided by; null: by the tokens of the batch. */
  readonly divisors: { readonly loss: number; readonly terms: number } | null
}

/** A shard as the gradient stage needs it; arrays run rollout after rollout, in packed order. */
export interface Shard {
  readonly batch: SequenceBatch
  readonly rollouts: ReadonlyArray<{ readonly promptId: string; readonly sampleIndex: number; readonly length: number }>
  /** [N] as in PackedRollout, each empty where the rollouts have none. */
  readonly oldLogProbs: Float32Array
  readonly advantages: Float32Array
  readonly behaviourLogProbs: Float32Array
  readonly referenceLogProbs: Float32Array
  readonly oldValues: Float32Array
  readonly returns: Float32Array
  readonly divisors: Divisors | null
}

/** A packed shard's bytes are not one. */
export class ShardInvalid extends Schema.TaggedError<ShardInvalid>()("ShardInvalid", { detail: Schema.String }) {
  override get message(): string {
    return `a packed shard cannot be read: ${this.detail}`
  }
}

/** Cuts a batch, given example by example, into `shards` parts of equally many rollouts of each example. */
export const cutIntoShards = (
  rollouts: ReadonlyArray<PackedRollout>,
  shards: number
): ReadonlyArray<ReadonlyArray<PackedRollout>> => {
  const byPrompt = new Map<string, Array<PackedRollout>>()
  for (const rollout of rollouts) {
    const ranked = byPrompt.get(rollout.promptId) ?? []
    ranked.push(rollout)
    byPrompt.set(rollout.promptId, ranked)
  }
  for (const ranked of byPrompt.values())
    ranked.sort((a, b) => b.tokens.length - a.tokens.length || a.sampleIndex - b.sampleIndex)
  return Array.from({ length: shards }, (_, shard) =>
    [...byPrompt.values()].flatMap((ranked) =>
      ranked.slice(Math.floor((shard * ranked.length) / shards), Math.floor(((shard + 1) * ranked.length) / shards))
    )
  ).filter((shard) => shard.length > 0)
}

/** The parts one after the other, in an array that `empty` makes of the right length. */
const joined = <A extends Int32Array | Float32Array>(empty: (length: number) => A, parts: ReadonlyArray<A>): A => {
  const whole = empty(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export const joinedFloats = (parts: ReadonlyArray<Float32Array>) => joined((length) => new Float32Array(length), parts)
const joinedInts = (parts: ReadonlyArray<Int32Array>) => joined((length) => new Int32Array(length), parts)

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

const Divisor = Schema.Array(Schema.Finite.check(Schema.isGreaterThan(0)))

/** What lies beside the numbers: who each rollout is. */
const Manifest = Schema.fromJsonString(
  Schema.Struct({
    prompts: Schema.Array(
      Schema.Struct({ promptId: Schema.NonEmptyString, length: Positive, rollouts: Positive })
    ).check(Schema.isMinLength(1)),
    samples: Schema.Array(Count),
    divisors: Schema.optionalKey(Schema.Struct({ loss: Divisor, terms: Divisor }))
  })
)
type Manifest = typeof Manifest.Type

const divisorsOf = (shard: ReadonlyArray<PackedRollout>) => {
  const all = shard.flatMap(({ divisors }) => divisors ?? [])
  if (all.length === 0) return {}
  return { divisors: { loss: all.map(({ loss }) => loss), terms: all.map(({ terms }) => terms) } }
}

/** Numbers of tokens that a shard may do without, and how its file calls them. */
const perToken = [
  ["advantages", "advantages"],
  ["behaviourLogProbs", "behaviour_log_probs"],
  ["referenceLogProbs", "reference_log_probs"],
  ["oldValues", "old_values"],
  ["returns", "returns"]
] as const

const known = new Set<string>([
  ...["prompt_tokens", "response_tokens", "lengths", "old_log_probs"],
  ...perToken.map(([, name]) => name)
])

/** One shard as safetensors bytes: the same rollouts give the same bytes. */
export const encodeShard = (shard: ReadonlyArray<PackedRollout>, run: Run): Uint8Array => {
  const promptIds = [...new Set(shard.map(({ promptId }) => promptId))]
  const prompts = promptIds.map((promptId) => run.question(promptId)?.tokens ?? new Int32Array(0))
  const manifest = Schema.encodeSync(Manifest)({
    prompts: promptIds.map((promptId, i) => ({
      promptId,
      length: prompts[i].length,
      rollouts: shard.filter((rollout) => rollout.promptId === promptId).length
    })),
    samples: shard.map(({ sampleIndex }) => sampleIndex),
    ...divisorsOf(shard)
  })
  const flat = (data: Int32Array | Float32Array) => ({ shape: [data.length], data })
  return encodeSafetensors(
    [
      { name: "prompt_tokens", ...flat(joinedInts(prompts)) },
      { name: "response_tokens", ...flat(joinedInts(shard.map(({ tokens }) => tokens))) },
      { name: "lengths", ...flat(Int32Array.from(shard, ({ tokens }) => tokens.length)) },
      { name: "old_log_probs", ...flat(joinedFloats(shard.map(({ oldLogProbs }) => oldLogProbs))) },
      ...perToken.flatMap(([field, name]) => {
        const data = joinedFloats(shard.map((rollout) => rollout[field]))
        return data.length === 0 ? [] : [{ name, ...flat(data) }]
      })
    ],
    { manifest }
  )
}

interface Numbers {
  readonly promptTokens: Int32Array
  readonly responseTokens: Int32Array
  readonly lengths: Int32Array
}

const sumOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0)

/** Whether the manifest says of every number whose it is, and every prompt has equally many responses. */
const addsUp = (
  { divisors, prompts, samples }: Manifest,
  { lengths, promptTokens, responseTokens }: Numbers
): boolean =>
  prompts.every(({ rollouts }) => rollouts === prompts[0].rollouts) &&
  prompts.length * prompts[0].rollouts === lengths.length &&
  samples.length === lengths.length &&
  (divisors?.loss.length ?? lengths.length) === lengths.length &&
  (divisors?.terms.length ?? lengths.length) === lengths.length &&
  lengths.every((length) => length > 0) &&
  sumOf(lengths) === responseTokens.length &&
  sumOf(prompts.map(({ length }) => length)) === promptTokens.length

/** Cuts the numbers into prompts and responses. */
const unpack = (manifest: Manifest, { lengths, promptTokens, responseTokens }: Numbers) => {
  const prompts: Array<Int32Array> = []
  const responses: Array<Array<Int32Array>> = []
  const rollouts: Array<Shard["rollouts"][number]> = []
  let promptAt = 0
  let tokenAt = 0
  for (const { length: promptLength, promptId, rollouts: count } of manifest.prompts) {
    prompts.push(promptTokens.subarray(promptAt, promptAt + promptLength))
    promptAt += promptLength
    const own: Array<Int32Array> = []
    for (let i = 0; i < count; i++) {
      const length = lengths[rollouts.length]
      own.push(responseTokens.subarray(tokenAt, tokenAt + length))
      tokenAt += length
      rollouts.push({ promptId, sampleIndex: manifest.samples[rollouts.length], length })
    }
    responses.push(own)
  }
  return { batch: { prompts, responses }, rollouts }
}

const invalid = (detail: string) => new ShardInvalid({ detail })

/** Reads a shard back. Fails with CheckpointInvalid (no safetensors) or ShardInvalid (not a shard). */
export const decodeShard = Effect.fn("pack.decodeShard")(function* (bytes: Uint8Array) {
  const { metadata, tensors } = yield* decodeSafetensors(bytes, "a packed shard")
  const manifest = yield* Schema.decodeUnknownEffect(Manifest)(metadata.manifest).pipe(
    Effect.mapError((error) => invalid(error.message))
  )
  const ints = (name: string) => {
    const data = tensors.get(name)?.data
    return data instanceof Int32Array ? Effect.succeed(data) : Effect.fail(invalid(`it has no integers "${name}"`))
  }
  const floats = (name: string, size: number) => {
    const data = tensors.get(name)?.data
    return data instanceof Float32Array && data.length === size
      ? Effect.succeed(data)
      : Effect.fail(invalid(`it has no ${size} numbers "${name}"`))
  }
  const numbers: Numbers = {
    promptTokens: yield* ints("prompt_tokens"),
    responseTokens: yield* ints("response_tokens"),
    lengths: yield* ints("lengths")
  }
  if (!addsUp(manifest, numbers)) return yield* invalid("its lengths do not add up")
  const odd = [...tensors.keys()].find((name) => !known.has(name))
  if (odd !== undefined) return yield* invalid(`nothing is known of its "${odd}"`)
  const size = numbers.responseTokens.length
  /** Nothing, or as many as there are tokens. */
  const optional = (name: string) => (tensors.has(name) ? floats(name, size) : Effect.succeed(new Float32Array(0)))
  const { divisors } = manifest
  const shard: Shard = {
    ...unpack(manifest, numbers),
    oldLogProbs: yield* floats("old_log_probs", size),
    advantages: yield* optional("advantages"),
    behaviourLogProbs: yield* optional("behaviour_log_probs"),
    referenceLogProbs: yield* optional("reference_log_probs"),
    oldValues: yield* optional("old_values"),
    returns: yield* optional("returns"),
    divisors:
      divisors === undefined
        ? null
        : { loss: Float64Array.from(divisors.loss), terms: Float64Array.from(divisors.terms) }
  }
  return shard
})
