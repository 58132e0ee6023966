/**
 * From hidden states to the value of the state in which each response token is drawn, and back.
 *
 *   v = w y,  dy = dv w,  dw = sum dv y
 *
 * The state is what precedes the token, so its row y is the one that predicts the token.
 */
import type { Device } from "../device.ts"
import type { Ops, Tensor } from "../tensors/ops.ts"

export type ValueInput = {
  /** [N, d] normalised hidden states. */
  readonly rows: Tensor
  /** [1, d] */
  readonly head: Tensor
}

export const valueRows =
  (ops: Ops) =>
  /** @returns [N, 1] */
  ({ head, rows }: ValueInput) => ({ values: ops.matMul(rows, head, "nt") })

export const valueRowsBackward =
  (ops: Ops) =>
  /** @param d [N, 1] dLoss/dvalues */
  ({ d, head, rows }: ValueInput & { readonly d: Tensor }) => ({
    dRows: ops.matMul(d, head, "nn"),
    head: ops.matMul(d, rows, "tn")
  })

/** [N] the value of each row. */
export const valueTokens = ({ ops, programs }: Device, input: ValueInput): Float32Array =>
  ops.scope(() => ops.read(programs.valueRows(input).values))

/** dLoss/drows [N, d] and dLoss/dhead [1, d]. */
export const valueTokensBackward = (
  { ops, programs }: Device,
  input: ValueInput,
  dValues: Float32Array
): { readonly dRows: Tensor; readonly head: Tensor } =>
  ops.scope(() => programs.valueRowsBackward({ ...input, d: ops.floats(dValues, [dValues.length, 1]) }))
