/**
 * The paper floor: the seconds a step's arithmetic would take at the best speed this machine was just seen to have.
 */
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { lastLineOf } from "./tools.ts"

const Rate = Schema.Struct({ best: Schema.Finite })
const Roofline = Schema.fromJsonString(
  Schema.Struct({
    gemm_gflops: Schema.Struct({ square2048: Rate, square1024: Rate }),
    bw_gbs: Schema.Struct({ copy_2N: Rate })
  })
)

export interface Speed {
  readonly gigaflops: number
  readonly gigabytes: number
}

/** The machine's best float32 matrix product and copy, in PyTorch, now. */
export const measureSpeed = Effect.fn("peers.measureSpeed")(function* (peers: string, python: string, threads: number) {
  const args = [join(peers, "roofline.py"), "--threads", String(threads), "--reps", "5"]
  const { bw_gbs, gemm_gflops } = yield* Schema.decodeUnknownEffect(Roofline)(
    yield* lastLineOf("roofline", python, args)
  )
  const speed: Speed = {
    gigaflops: Math.max(gemm_gflops.square1024.best, gemm_gflops.square2048.best),
    gigabytes: bw_gbs.copy_2N.best
  }
  return speed
})

const Floor = Schema.fromJsonString(
  Schema.Struct({
    floor_s: Schema.Struct({
      generate: Schema.Finite,
      reference_reuse: Schema.Finite,
      train_reuse: Schema.Finite,
      step_reuse: Schema.Finite
    })
  })
)

/** Seconds by phase, the shared prompt computed once in each. */
export const paperFloor = Effect.fn("peers.paperFloor")(function* (
  peers: string,
  python: string,
  job: string,
  { gigabytes, gigaflops }: Speed
) {
  const args = [join(peers, "floor.py"), String(gigaflops), String(gigabytes), job]
  const { floor_s } = yield* Schema.decodeUnknownEffect(Floor)(yield* lastLineOf("floor", python, args))
  const { generate, reference_reuse, step_reuse, train_reuse } = floor_s
  return { generate, reference: reference_reuse, train: train_reuse, step: step_reuse }
})
