import { Effect } from "effect"
import { pretrain } from "../pretrain.ts"

const [a, b, seed, out] = process.argv.slice(2)
const t0 = performance.now()
let sum = 0,
  n = 0
const r = await Effect.runPromise(
  pretrain({
    out,
    seed: Number(seed),
    phases: [
      { name: "calculate", openers: false, steps: Number(a), learningRate: 4e-3 },
      { name: "open by style", openers: true, steps: Number(b), learningRate: 1.5e-3 }
    ].filter((p) => p.steps > 0),
    onProgress: (s) =>
      Effect.sync(() => {
        sum += s.loss
        n++
        if (s.step % 200 === 0) {
          console.log(
            s.step,
            (sum / n).toFixed(4),
            s.tokens,
            Math.round((performance.now() - t0) / 1000),
            "s",
            Math.round(process.memoryUsage.rss() / 1e6),
            "MB"
          )
          sum = n = 0
        }
      })
  }).pipe(Effect.scoped)
)
console.log(JSON.stringify(r), Math.round((performance.now() - t0) / 1000), "s")
