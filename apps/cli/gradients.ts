/**
 * `onefold gradients`: the gradient of the negative log-likelihood of given responses, parameter by parameter.
 */
import { Effect, Schema } from "effect"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { shortestOf } from "./float32-text.ts"
import { InputUnusable, unusableTokens } from "./input-unusable.ts"
import { formOf, jsonOfStdin, writeLines } from "./json-lines.ts"
import { findModel, type LoadedModel, type Model, withModel } from "./model.ts"

const Rows = Schema.NonEmptyArray(Schema.Struct({ ids: Schema.Array(Schema.Int), prompt_len: Schema.Int }))
const Batch = Schema.Union([Rows, Schema.Struct({ batch: Rows })])
export type Rows = typeof Rows.Type

const unusableRow = ({ ids, prompt_len }: Rows[number], { config }: Model): string | null =>
  unusableTokens(ids, config) ??
  (prompt_len >= 1 && prompt_len < ids.length
    ? null
    : `prompt_len is ${prompt_len}, and of ${ids.length} tokens at least one must be prompt and one response`)

const readRows = Effect.fn("gradients.readRows")(function* (model: Model) {
  const content = yield* formOf(Batch, yield* jsonOfStdin, "stdin")
  const rows = "batch" in content ? content.batch : content
  for (const [row, each] of rows.entries()) {
    const problem = unusableRow(each, model)
    if (problem !== null) return yield* new InputUnusable({ place: `batch[${row}]`, reason: problem })
  }
  return rows
})

/** Loss and gradient of rows: the mean over all response tokens of their negative log-likelihood. */
export const supervisedGradient = Effect.fn("gradients.supervised")(function* (rows: Rows, { weights }: LoadedModel) {
  const engine = yield* PolicyEngine
  const none = new Float32Array(0)
  return yield* engine.gradient({
    ...{ weights, reference: null, temperature: 1, objective: { kind: "supervised" } },
    batch: {
      prompts: rows.map(({ ids, prompt_len }) => Int32Array.from(ids.slice(0, prompt_len))),
      responses: rows.map(({ ids, prompt_len }) => [Int32Array.from(ids.slice(prompt_len))])
    },
    batchTokens: rows.reduce((sum, { ids, prompt_len }) => sum + ids.length - prompt_len, 0),
    ...{ oldLogProbs: none, advantages: none }
  })
})

/** The L2 norm, summed in doubles. */
export const l2 = (values: Float32Array): number => {
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i]
  return Math.sqrt(squares)
}

export const gradients = Effect.fn("gradients")(function* (options: { readonly model: string }) {
  const model = yield* findModel(options.model)
  const rows = yield* readRows(model)
  yield* withModel(model, { workers: 1 }, (loaded) =>
    Effect.gen(function* () {
      const { gradient, loss } = yield* supervisedGradient(rows, loaded)
      const parameters = loaded.layout.parameters.map(({ name, offset, size }) => {
        const own = gradient.subarray(offset, offset + size)
        return { name, l2: l2(own), first8: shortestOf(own.subarray(0, 8)) }
      })
      yield* writeLines([{ loss, norm: l2(gradient), gradients: parameters }])
    })
  )
})
