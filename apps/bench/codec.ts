/**
 * How fast events become bytes and come back: `node apps/bench/codec.ts`. Prints one line for each size of answer.
 */
import { decodeResult, encode, payloadHash, runOf } from "../../platform/log/codec.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { RolloutGenerated } from "../../schemas/rollout-generated.ts"

const rounds = 100
const millisecondsEach = 500

/** Microseconds of one call: the best of many rounds, since others share the machine. */
const microseconds = (call: () => void): number => {
  let best = Number.POSITIVE_INFINITY
  const end = performance.now() + millisecondsEach
  while (performance.now() < end) {
    const start = performance.now()
    for (let i = 0; i < rounds; i++) call()
    best = Math.min(best, performance.now() - start)
  }
  return (best / rounds) * 1000
}

const answerOf = (tokens: number): RolloutGenerated =>
  new RolloutGenerated({
    ...goldenEvents.RolloutGenerated,
    tokens: new Int32Array(tokens).fill(7),
    logProbs: new Float32Array(tokens).fill(-0.5),
    entropies: new Float32Array(tokens).fill(0.5),
    text: "34+2=36;".repeat(Math.ceil(tokens / 4))
  })

/** Bytes of token data a token: an id, a log-prob, an entropy. */
const bytesPerToken = 12

for (const tokens of [25, 1024, 8192]) {
  const event = answerOf(tokens)
  const bytes = encode(event)
  const times = {
    construct: microseconds(() => new RolloutGenerated(event)),
    encode: microseconds(() => encode(event)),
    decode: microseconds(() => decodeResult(bytes)),
    runOf: microseconds(() => runOf(bytes)),
    payloadHash: microseconds(() => payloadHash(bytes))
  }
  const rate = (time: number): string => `${((tokens * bytesPerToken) / time / 1000).toFixed(2)} GB/s`
  const columns = Object.entries(times).map(([name, time]) => `${name} ${time.toFixed(2)} µs`)
  console.log(
    `${tokens} tokens, ${bytes.length} bytes: ${columns.join(", ")}; token data: encode ${rate(times.encode)}, decode ${rate(times.decode)}`
  )
}
