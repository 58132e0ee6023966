/**
 * A policy with all that the next fold depends on, as one artifact.
 */
import { Effect } from "effect"
import type { FoldState } from "../../learning/objective/fold.ts"
import { CheckpointInvalid } from "../../learning/policy/checkpoint/checkpoint-invalid.ts"
import { decodeSafetensors, encodeSafetensors } from "../../learning/policy/checkpoint/safetensors.ts"
import type { ParameterLayout } from "../../learning/policy/parameters.ts"

export const encodeSnapshot = ({ firstMoment, secondMoment, step, weights }: FoldState): Uint8Array => {
  const flat = (name: string, data: Float32Array) => ({ name, shape: [data.length], data })
  return encodeSafetensors(
    [flat("weights", weights), flat("first_moment", firstMoment), flat("second_moment", secondMoment)],
    { step: String(step) }
  )
}

export const decodeSnapshot = Effect.fn("snapshot.decode")(function* (
  layout: ParameterLayout,
  bytes: Uint8Array,
  file: string
) {
  const { metadata, tensors } = yield* decodeSafetensors(bytes, file)
  const invalid = (what: string, reason: string) => new CheckpointInvalid({ file, what, reason })
  const flat = (name: string) => {
    const data = tensors.get(name)?.data
    return data instanceof Float32Array && data.length === layout.size
      ? Effect.succeed(data)
      : Effect.fail(invalid(name, `it is not ${layout.size} numbers`))
  }
  const step = metadata.step ?? ""
  if (!/^\d{1,10}$/.test(step)) return yield* invalid("step", "it is no count of folds")
  const state: FoldState = {
    weights: yield* flat("weights"),
    firstMoment: yield* flat("first_moment"),
    secondMoment: yield* flat("second_moment"),
    step: Number(step)
  }
  return state
})
