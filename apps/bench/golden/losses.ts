/**
 * The objective functions against a reference's: every case of a losses.json, by the function that it recorded.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import type { PolicyConfig } from "../../../learning/policy/config.ts"
import { type Device, deviceOn } from "../../../learning/policy/device.ts"
import { tensorflowOps } from "../../../learning/policy/tensors/backend-tensorflow.ts"
import { wasmOps } from "../../../learning/policy/tensors/backend-wasm.ts"
import { pinEnvironment } from "../../../learning/policy/tensors/environment.ts"
import { chooseBackend } from "../../../learning/policy/tensors/installation.ts"
import { gae, grpo, rewards, whitening } from "./advantage-cases.ts"
import { type Check, failed, saidBy } from "./check.ts"
import { type Formulas, formulas as ours } from "./formulas.ts"
import { entropy, total } from "./logit-cases.ts"
import { type LossCase, offOf } from "./loss-case.ts"
import { aggregation, kl, meanAlongAxis, value } from "./mean-cases.ts"
import { Rows } from "./padded.ts"
import { asymmetric, gspo, policy, weighted } from "./policy-cases.ts"

/** By the name of the recorded function. */
const lossCases: Readonly<Record<string, LossCase | undefined>> = {
  grpo_outcome_advantage: grpo,
  gae_advantage_return: gae,
  masked_whiten: whitening,
  compute_rewards: rewards,
  kl_penalty: kl,
  aggregate: aggregation,
  masked_mean_axis: meanAlongAxis,
  policy_loss: policy,
  policy_loss_asymmetric: asymmetric,
  gspo,
  tis_policy_loss: weighted,
  value_loss: value,
  entropy_loss: entropy,
  total_loss_grad: total
}

const Recorded = Schema.Struct({
  name: Schema.String,
  fn: Schema.String,
  input: Schema.optionalKey(Schema.Unknown),
  output: Schema.optionalKey(Schema.Unknown),
  extra: Schema.optionalKey(Schema.Boolean)
})
export type Recorded = typeof Recorded.Type
const LossFile = Schema.Struct({ cases: Schema.Array(Recorded) })

/** JSON has no words for these; the file writes them as strings. */
const spelled: Readonly<Record<string, number | undefined>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY
}

/** The cases of a folder's losses.json. Throws where it is no such file; what one case lacks, its check tells. */
export const lossesIn = (folder: string): ReadonlyArray<Recorded> => {
  const text = readFileSync(join(folder, "losses.json"), "utf8")
  const json: unknown = JSON.parse(text, (_, each) => (typeof each === "string" ? (spelled[each] ?? each) : each))
  return Schema.decodeUnknownSync(LossFile)(json).cases
}

export interface LossReport {
  readonly checks: ReadonlyArray<Check>
  /** Beyond what was asked for, and not there: a sentence each. */
  readonly skipped: ReadonlyArray<string>
  /** Asked for, and not there: a sentence each. */
  readonly unchecked: ReadonlyArray<string>
}

const Masked = Schema.Struct({ eos_mask: Schema.optionalKey(Rows), mask: Schema.optionalKey(Rows) })

const hasEmptyRow = (input: unknown): boolean => {
  const { eos_mask, mask } = Schema.decodeUnknownSync(Masked)(input)
  return [eos_mask, mask].some((rows) => rows?.some((row) => row.every((keep) => keep === 0)))
}

const checkCase = (
  { input, name, output }: Recorded,
  lossCase: LossCase,
  device: Device,
  formulas: Formulas
): Check => {
  try {
    const isUndefined = hasEmptyRow(input)
    const compared = lossCase({ input, output }, { device, formulas })
    return { name, off: compared.flatMap((each) => offOf(name, each, isUndefined)) }
  } catch (error) {
    return failed(`losses ${name}`, saidBy(error))
  }
}

/** Each case against these formulas. */
export const checkLosses = (
  recorded: ReadonlyArray<Recorded>,
  device: Device,
  formulas: Formulas = ours
): LossReport => {
  const checks: Array<Check> = []
  const skipped: Array<string> = []
  const unchecked: Array<string> = []
  for (const each of recorded) {
    const lossCase = Object.hasOwn(lossCases, each.fn) ? lossCases[each.fn] : undefined
    if (lossCase !== undefined) checks.push(checkCase(each, lossCase, device, formulas))
    else if (each.extra === true) skipped.push(`${each.name}: ${each.fn} is extra, not implemented`)
    else unchecked.push(`${each.name}: not checked, for there is no check of ${each.fn}`)
  }
  return { checks, skipped, unchecked }
}

/** The head has no more of a model's shape than the size of its vocabulary, which each case brings. */
const anyShape: PolicyConfig = {
  architecture: "LlamaForCausalLM",
  vocabularySize: 8,
  hiddenSize: 8,
  layers: 1,
  heads: 1,
  keyValueHeads: 1,
  headSize: 8,
  feedForwardSize: 8,
  rope: { theta: 10000, scaling: null },
  normEpsilon: 1e-6,
  attentionBias: false,
  queryKeyNorm: false,
  tiedHead: true,
  maxPositions: 8,
  eosIds: []
}

/** A device in this process, on the backend that is installed. */
export const lossDevice = Effect.fn("golden.lossDevice")(function* () {
  pinEnvironment(1)
  const { ops } =
    chooseBackend(undefined).backend === "tensorflow" ? tensorflowOps("graph") : yield* Effect.promise(wasmOps)
  return deviceOn(ops, anyShape, "float32")
})
