/**
 * What cases.json and grads.json of a reference model hold, and how far ours may be from it: both as the README beside
 * them says.
 */
import { Schema } from "effect"
import { ChatMessage } from "../../../learning/policy/tokenizer/chat-template.ts"

const Numbers = Schema.Array(Schema.Finite)
const Ids = Schema.Array(Schema.Int)

export const Cases = Schema.Struct({
  sequences: Schema.Array(
    Schema.Struct({
      ids: Ids,
      logprobs_t1: Numbers,
      logprobs_t06: Numbers,
      entropy_t1: Numbers,
      entropy_t06: Numbers
    })
  ),
  final_logits: Schema.Struct({ sequence_index: Schema.Int, logits: Numbers }),
  long: Schema.Struct({
    ids: Ids,
    logprobs_t1_last32: Numbers,
    logprobs_t06_last32: Numbers,
    entropy_t1_last32: Numbers
  }),
  greedy: Schema.Array(Schema.Struct({ prompt: Ids, continuation: Ids, text: Schema.String })),
  tokenizer: Schema.Struct({
    encode: Schema.Array(
      Schema.Struct({
        text: Schema.String,
        ids: Ids,
        ids_with_special: Ids,
        tokens: Schema.Array(Schema.String),
        decoded: Schema.String,
        decoded_skip_special: Schema.String
      })
    ),
    decode: Schema.Array(Schema.Struct({ ids: Ids, decoded: Schema.String, decoded_skip_special: Schema.String }))
  }),
  chat: Schema.Array(
    Schema.Struct({
      messages: Schema.Array(ChatMessage),
      add_generation_prompt: Schema.Boolean,
      text: Schema.String,
      ids: Ids
    })
  )
})
export type Cases = typeof Cases.Type

const Row = Schema.Struct({ ids: Ids, prompt_len: Schema.Int })
const Rows = Schema.NonEmptyArray(Row)

export const Grads = Schema.Struct({
  batch: Rows,
  loss: Schema.Finite,
  grad_norm_before_clip: Schema.Finite,
  optimizer: Schema.Struct({
    lr: Schema.Finite,
    betas: Schema.Tuple([Schema.Finite, Schema.Finite]),
    eps: Schema.Finite,
    weight_decay: Schema.Finite,
    grad_clip_norm: Schema.Finite
  }),
  params: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      shape: Ids,
      grad_l2: Schema.Finite,
      grad_first8: Numbers,
      sum_before: Schema.Finite,
      sum_after_step: Schema.Finite,
      after_first8: Numbers
    })
  ),
  trajectory: Schema.Struct({
    steps: Schema.Array(
      Schema.Struct({
        rows: Rows,
        loss_scale: Schema.Finite,
        loss: Schema.Finite,
        grad_norm_before_clip: Schema.Finite
      })
    ),
    final: Schema.Array(Schema.Struct({ name: Schema.String, sum: Schema.Finite, first8: Numbers }))
  })
})
export type Grads = typeof Grads.Type

export const tolerances = {
  /** Log-probs, entropies and logits. */
  logProb: 2e-4,
  /** The same after 700 tokens. */
  long: 5e-4,
  /** A gradient's norm and elements, given the norm. */
  gradient: (norm: number): number => 1e-5 + 1e-3 * norm,
  /** Sums over a parameter. */
  sum: 6e-4,
  /** Elements of a parameter after a step. */
  element: 2.5e-5,
  /** A mean of log-probs; the README gives none of its own. */
  loss: 1e-4
} as const
