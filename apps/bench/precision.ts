/**
 * What bfloat16 matrices cost in log-prob and bring in time: the same answers scored and sampled under both precisions.
 *
 *   npm run bench -- precision --model FOLDER [--answers 8] [--tokens 64] [--workers 1]
 *
 * Answers are sampled in float32 at temperature 1 from a prompt of the first 64 token ids, then scored in both; an error is
 * the distance of a token's two log-probs.
 */
import { parseArgs } from "node:util"
import { Console, Effect, Layer } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { encodeParameters, readCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import { PolicyEngine, type SequenceBatch } from "../../learning/policy/engine/engine.ts"
import type { Precision } from "../../learning/policy/tensors/ops.ts"

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    answers: { type: "string", default: "8" },
    tokens: { type: "string", default: "64" },
    workers: { type: "string", default: "1" }
  }
})
if (values.model === undefined) {
  process.stderr.write("name a Hugging Face folder with --model\n")
  process.exit(2)
}
const folder = values.model
const samples = Number(values.answers)
const maxTokens = Number(values.tokens)
const prompt = Int32Array.from({ length: 64 }, (_, i) => i)
const rounds = 3

/** The least of some rounds, in seconds, and what the last one gave. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const round = Effect.gen(function* () {
      const started = performance.now()
      const value = yield* effect
      return { value, seconds: (performance.now() - started) / 1000 }
    })
    const all = yield* Effect.all(Array.from({ length: rounds + 1 }, () => round))
    return { value: all[rounds].value, seconds: Math.min(...all.slice(1).map(({ seconds }) => seconds)) }
  })

/** Sampling, and scoring of what is given or else was sampled. */
const measure = Effect.fn("precision.measure")(function* (precision: Precision, given: SequenceBatch | null) {
  const { config, layout, weights: flat } = yield* readCheckpoint(folder)
  const work = Effect.gen(function* () {
    const engine = yield* PolicyEngine
    const weights = yield* (yield* Artifacts).store(encodeParameters(layout, flat))
    const prompts = [{ promptId: "bench", tokens: prompt, firstSample: 0, samples }]
    const request = { weights, prompts, temperature: 1, maxTokens, minTokens: maxTokens, seed: 1, stream: 1, step: 0 }
    const generated = yield* timed(engine.generate(request))
    const batch = given ?? { prompts: [prompt], responses: [generated.value.map(({ tokens }) => tokens)] }
    const scored = yield* timed(engine.score(weights, batch, 1))
    return { batch, generate: generated.seconds, score: scored.seconds, logProbs: scored.value.logProbs }
  })
  const engine = PolicyEngine.layer({ config: { ...config, eosIds: [] }, workers: Number(values.workers), precision })
  return yield* Effect.scoped(Effect.provide(work, engine.pipe(Layer.provideMerge(memoryArtifacts(1)))))
})

const program = Effect.gen(function* () {
  const exact = yield* measure("float32", null)
  const narrow = yield* measure("bfloat16", exact.batch)
  const errors = narrow.logProbs.map((logProb, t) => Math.abs(logProb - exact.logProbs[t])).sort()
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  const at = (share: number): string =>
    errors[Math.min(errors.length - 1, Math.floor(share * errors.length))].toFixed(4)
  const ratio = (phase: "generate" | "score") =>
    `${exact[phase].toFixed(2)} s in float32, ${narrow[phase].toFixed(2)} s in bfloat16: ${(exact[phase] / narrow[phase]).toFixed(2)} times`
  yield* Console.log(
    `log-prob error over ${errors.length} tokens, nats: mean ${mean.toFixed(4)}, median ${at(0.5)}, 99 % ${at(0.99)}, most ${at(1)}`
  )
  yield* Console.log(`sampling ${samples} x ${maxTokens}: ${ratio("generate")}`)
  yield* Console.log(`scoring them: ${ratio("score")}`)
})

await Effect.runPromise(program)
process.exit(0)
