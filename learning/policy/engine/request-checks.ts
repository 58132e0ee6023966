/**
 * What a request must satisfy before any tensor is made; a request that does not is an EngineError that says why.
 */
import type { PolicyConfig } from "../config.ts"
import { EngineError } from "../engine-error.ts"
import type { GenerateRequest, GradientTask, SequenceBatch, ValueGradientTask } from "./engine.ts"

const refuserOf = (operation: string) => (detail: string) => new EngineError({ operation, reason: "bad-input", detail })
type Refuse = ReturnType<typeof refuserOf>

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1

const checkTokens = (refuse: Refuse, name: string, tokens: Int32Array, { vocabularySize }: PolicyConfig): void => {
  if (tokens.length === 0) throw refuse(`${name} is empty`)
  const unknown = tokens.find((token) => token < 0 || token >= vocabularySize)
  if (unknown !== undefined) throw refuse(`${name} has token ${unknown}, the vocabulary ends at ${vocabularySize}`)
}

const checkLength = (refuse: Refuse, name: string, length: number, { maxPositions }: PolicyConfig): void => {
  if (length > maxPositions) throw refuse(`${name} needs ${length} positions, the model has ${maxPositions}`)
}

/** What a request may leave out. */
const checkChoice = (refuse: Refuse, { vocabularySize }: PolicyConfig, request: GenerateRequest): void => {
  const { maxTokens, minTokens = 0, slots = 1, stopStrings = [], stopTokens = [], topK = 0, topP = 1 } = request
  if (!(topP > 0 && topP <= 1)) throw refuse(`topP is ${topP}, it must be above 0 and at most 1`)
  if (!(Number.isInteger(topK) && topK >= 0)) throw refuse(`topK is ${topK}, it must be a whole number from 0 on`)
  if (!(Number.isInteger(minTokens) && minTokens >= 0 && minTokens <= maxTokens))
    throw refuse(`minTokens is ${minTokens}, it must be from 0 to the ${maxTokens} of maxTokens`)
  if (!isCount(slots)) throw refuse(`slots is ${slots}, there must be at least one`)
  const unknown = stopTokens.find((token) => !(token >= 0 && token < vocabularySize))
  if (unknown !== undefined) throw refuse(`stop token ${unknown} is none of the vocabulary's ${vocabularySize}`)
  if (stopStrings.includes("")) throw refuse("a stop text is empty")
}

/** Throws EngineError (bad-input). */
export const checkGenerate = (config: PolicyConfig, request: GenerateRequest): void => {
  const refuse = refuserOf("generate")
  const { maxTokens, prompts, temperature } = request
  if (prompts.length === 0) throw refuse("there are no prompts")
  if (!isCount(maxTokens)) throw refuse(`maxTokens is ${maxTokens}`)
  if (!(temperature >= 0 && temperature < Infinity)) throw refuse(`temperature is ${temperature}`)
  checkChoice(refuse, config, request)
  const names = new Set(prompts.map(({ promptId }) => promptId))
  if (names.size < prompts.length) throw refuse("two prompts have the same name")
  for (const { maxTokens: most = maxTokens, promptId, samples, tokens } of prompts) {
    checkTokens(refuse, `prompt ${promptId}`, tokens, config)
    if (!(isCount(most) && most >= (request.minTokens ?? 0)))
      throw refuse(`prompt ${promptId} may have ${most} new tokens`)
    const room = Math.min(most, maxTokens)
    checkLength(refuse, `prompt ${promptId} with ${room} new tokens`, tokens.length + room, config)
    if (!isCount(samples)) throw refuse(`prompt ${promptId} asks for ${samples} samples`)
  }
}

const checkSequences = (refuse: Refuse, config: PolicyConfig, { prompts, responses }: SequenceBatch): void => {
  if (prompts.length === 0 || prompts.length !== responses.length) {
    throw refuse(`there are ${prompts.length} prompts and responses to ${responses.length}`)
  }
  prompts.forEach((prompt, p) => {
    checkTokens(refuse, `prompt ${p}`, prompt, config)
    if (responses[p].length !== responses[0].length || responses[p].length === 0) {
      throw refuse(`prompt ${p} has ${responses[p].length} responses, prompt 0 has ${responses[0].length}`)
    }
    responses[p].forEach((response, s) => {
      checkTokens(refuse, `response ${s} to prompt ${p}`, response, config)
      // The last token is predicted but never read.
      checkLength(refuse, `response ${s} to prompt ${p}`, prompt.length + response.length - 1, config)
    })
  })
}

/** Throws EngineError (bad-input). */
export const checkBatch = (
  operation: string,
  config: PolicyConfig,
  batch: SequenceBatch,
  temperature: number
): void => {
  const refuse = refuserOf(operation)
  checkSequences(refuse, config, batch)
  if (!(temperature > 0 && temperature < Infinity)) throw refuse(`temperature is ${temperature}`)
}

const checkSizes = (
  refuse: Refuse,
  { batchTokens, microBatch = 1 }: Pick<GradientTask, "batchTokens" | "microBatch">
): void => {
  if (!isCount(microBatch)) throw refuse(`microBatch is ${microBatch}, there must be at least one sequence`)
  if (!(batchTokens > 0 && batchTokens < Infinity)) throw refuse(`batchTokens is ${batchTokens}`)
}

/** Throws EngineError (bad-input). */
export const checkGradient = (config: PolicyConfig, task: Omit<GradientTask, "weights" | "reference">): void => {
  checkBatch("gradient", config, task.batch, task.temperature)
  checkSizes(refuserOf("gradient"), task)
}

/** Throws EngineError (bad-input). */
export const checkValues = (config: PolicyConfig, batch: SequenceBatch): void =>
  checkSequences(refuserOf("values"), config, batch)

/** Throws EngineError (bad-input). */
export const checkValueGradient = (config: PolicyConfig, task: ValueGradientTask): void => {
  const refuse = refuserOf("valueGradient")
  checkSequences(refuse, config, task.batch)
  checkSizes(refuse, task)
  if (!(task.objective.clip >= 0)) throw refuse(`the clip around old values is ${task.objective.clip}`)
}
