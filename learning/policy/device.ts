/**
 * A backend made ready for policies of one shape: its operations, the rotations of positions, and the model's parts
 * compiled.
 */
import type { PolicyConfig } from "./config.ts"
import { decodeStep } from "./generation/decode.ts"
import { distribution } from "./generation/distribution.ts"
import { predict, predictBackward } from "./model/decoder.ts"
import { scoreRows, scoreRowsBackward } from "./model/head.ts"
import { type LayerInput, layerBackward, layerForward } from "./model/layer.ts"
import { type Rotations, rotationsOn } from "./model/rope.ts"
import { valueRows, valueRowsBackward } from "./model/value-head.ts"
import type { Ops, Precision } from "./tensors/ops.ts"

const programsOn = (ops: Ops) => {
  const forward = layerForward(ops)
  return {
    layerForward: ops.compile(forward),
    /** The same where nothing is kept. */
    layerOutput: ops.compile((input: LayerInput) => forward(input).x),
    /** The same where keys and values of the prompts are kept. */
    layerPrompt: ops.compile((input: LayerInput) => {
      const { saved, x } = forward(input)
      const { key, value } = saved.blocks[0]
      return { x, key: ops.transpose(key, [0, 2, 1]), value: ops.transpose(value, [0, 2, 1]) }
    }),
    layerBackward: ops.compile(layerBackward(ops)),
    predict: ops.compile(predict(ops)),
    predictBackward: ops.compile(predictBackward(ops)),
    scoreRows: ops.compile(scoreRows(ops)),
    scoreRowsBackward: ops.compile(scoreRowsBackward(ops)),
    valueRows: ops.compile(valueRows(ops)),
    valueRowsBackward: ops.compile(valueRowsBackward(ops)),
    decodeStep: ops.compile(decodeStep(ops)),
    distribution: ops.compile(distribution(ops))
  }
}

export interface Device {
  readonly ops: Ops
  readonly config: PolicyConfig
  readonly precision: Precision
  readonly rotations: Rotations
  readonly programs: ReturnType<typeof programsOn>
}

export const deviceOn = (ops: Ops, config: PolicyConfig, precision: Precision): Device => ({
  ops,
  config,
  precision,
  rotations: rotationsOn(ops, config),
  programs: programsOn(ops)
})
