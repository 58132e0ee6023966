/**
 * The rotary embeddings that a config.json asks for, in both published forms: `rope_theta` with `rope_scaling`, and
 * `rope_parameters`, which holds both.
 */
import { Effect, Schema } from "effect"
import { CheckpointInvalid } from "./checkpoint/checkpoint-invalid.ts"
import { checkedJson } from "./checkpoint/checkpoint-json.ts"

/** Llama 3's scaling of rotary frequencies: long waves turn `factor` times slower, short ones as before. */
export interface Llama3Scaling {
  readonly factor: number
  readonly lowFrequencyFactor: number
  readonly highFrequencyFactor: number
  readonly originalMaxPositions: number
}

export interface RopeConfig {
  readonly theta: number
  /** Null: frequencies as they are. */
  readonly scaling: Llama3Scaling | null
}

const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Theta = Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 64 }))
const Factor = Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 24 }))
const Positions = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 24 }))

/** What may stand beside the type, whatever it is. */
const RopeField = Schema.Struct({
  rope_type: Schema.optional(Schema.String),
  type: Schema.optional(Schema.String),
  rope_theta: Schema.optional(Theta),
  partial_rotary_factor: Schema.optional(Schema.NullOr(Schema.Finite)),
  factor: Schema.optional(Schema.Unknown)
})

const Llama3Field = Schema.Struct({
  factor: Factor,
  low_freq_factor: Positive,
  high_freq_factor: Positive,
  original_max_position_embeddings: Positions
})

export const RopeFields = {
  rope_theta: Schema.optional(Schema.NullOr(Theta)),
  rope_scaling: Schema.optional(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown))),
  rope_parameters: Schema.optional(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown))),
  partial_rotary_factor: Schema.optional(Schema.NullOr(Schema.Finite))
}
const Fields = Schema.Struct(RopeFields)

const file = "config.json"
const refuse = (what: string, reason: string) => new CheckpointInvalid({ file, what, reason })
/** The file may be as published: such embeddings are not computed here. */
const beyond = (what: string, reason: string) =>
  new CheckpointInvalid({ file, what, reason, next: "use a model that this program computes" })
/** A field within rope_scaling or rope_parameters, by its whole path. */
const within = (name: string) => (error: CheckpointInvalid) =>
  refuse(error.what === "" ? name : `${name}.${error.what}`, error.reason)

const llama3Of = Effect.fn("config.llama3Of")(function* (name: string, field: unknown) {
  const scaling = yield* Effect.mapError(checkedJson(Llama3Field, field, file), within(name))
  if (scaling.high_freq_factor <= scaling.low_freq_factor) {
    const reason = `${scaling.high_freq_factor} is not above low_freq_factor, ${scaling.low_freq_factor}`
    return yield* refuse(`${name}.high_freq_factor`, reason)
  }
  const llama3: Llama3Scaling = {
    factor: scaling.factor,
    lowFrequencyFactor: scaling.low_freq_factor,
    highFrequencyFactor: scaling.high_freq_factor,
    originalMaxPositions: scaling.original_max_position_embeddings
  }
  return llama3
})

/** Fails with CheckpointInvalid where the two forms contradict each other, or ask for what is not computed here. */
export const ropeOf = Effect.fn("config.ropeOf")(function* (config: typeof Fields.Type) {
  if ((config.partial_rotary_factor ?? 1) !== 1)
    return yield* beyond("partial_rotary_factor", "only whole rotary heads are supported")
  const { rope_parameters, rope_scaling, rope_theta } = config
  if (rope_scaling != null && rope_parameters != null)
    return yield* refuse("rope_scaling", "rope_parameters says what this field says; keep one of them")
  const name = rope_parameters == null ? "rope_scaling" : "rope_parameters"
  const written = rope_parameters ?? rope_scaling ?? {}
  const field = yield* Effect.mapError(checkedJson(RopeField, written, file), within(name))
  const theta = field.rope_theta ?? rope_theta
  if (theta == null) return yield* refuse("rope_theta", "it is missing")
  if (rope_theta != null && rope_theta !== theta)
    return yield* refuse("rope_theta", `it is ${rope_theta}, but ${name} says ${theta}`)
  if ((field.partial_rotary_factor ?? 1) !== 1)
    return yield* beyond(`${name}.partial_rotary_factor`, "only whole rotary heads are supported")
  if (field.rope_type !== undefined && field.type !== undefined && field.rope_type !== field.type)
    return yield* refuse(`${name}.type`, `it is ${field.type}, but rope_type is ${field.rope_type}`)
  const kind = field.rope_type ?? field.type ?? (field.factor === undefined ? "default" : null)
  if (kind === null) return yield* refuse(`${name}.rope_type`, "it is missing, though a factor is given")
  if (kind !== "default" && kind !== "llama3") {
    const reason = `rotary embeddings of type ${JSON.stringify(kind)} are not supported; default and llama3 are`
    return yield* beyond(`${name}.rope_type`, reason)
  }
  const rope: RopeConfig = { theta, scaling: kind === "llama3" ? yield* llama3Of(name, written) : null }
  return rope
})

/** The older published form, which every version of transformers reads. */
export const encodeRope = ({ scaling, theta }: RopeConfig) => ({
  rope_theta: theta,
  rope_scaling:
    scaling === null
      ? null
      : {
          rope_type: "llama3",
          factor: scaling.factor,
          low_freq_factor: scaling.lowFrequencyFactor,
          high_freq_factor: scaling.highFrequencyFactor,
          original_max_position_embeddings: scaling.originalMaxPositions
        }
})
