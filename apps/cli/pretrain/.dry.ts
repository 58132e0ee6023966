import { Effect } from "effect"
import { pretrain } from "../pretrain.ts"

const steps = Number(process.argv[2])
const t0 = performance.now()
const r = await Effect.runPromise(
  pretrain({
    out: "/tmp/dry/out",
    phases: [{ name: "calculate", openers: false, steps, learningRate: 4e-3 }],
    onProgress: (s) =>
      Effect.sync(() => {
        if (s.step % 20 === 0 || s.step === 1)
          console.log(
            s.step,
            s.loss.toFixed(4),
            s.gradientNorm.toFixed(3),
            s.tokens,
            Math.round(performance.now() - t0)
          )
      })
  }).pipe(Effect.scoped)
)
console.log(JSON.stringify(r), Math.round(performance.now() - t0))
