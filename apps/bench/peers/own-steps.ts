/**
 * Onefold's side of the comparison, a process of its own: so many GRPO steps of a job, and one JSON line on stdout.
 *
 *   node apps/bench/peers/own-steps.ts --peers DIR --job NAME --threads N [--steps 2] [--micro N]
 *
 * One step more is done first and does not count. Each thread is an engine worker. Peak memory is the whole process's.
 */
import { parseArgs } from "node:util"
import { Console, Effect, Layer } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { initialFold } from "../../../learning/objective/fold.ts"
import { encodeParameters, readCheckpoint } from "../../../learning/policy/checkpoint/checkpoint.ts"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import { sharedMemory } from "../../../learning/policy/engine/shared-bytes.ts"
import { heldArtifacts } from "../../cli/held-artifacts.ts"
import { type Cut, generatePhase, referencePhase, rewardPhase, type Trained, trainPhase } from "./grpo-step.ts"
import { defaultMicro, type Job, readJob } from "./job.ts"
import { PhaseTimes } from "./phase-times.ts"

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: "../shared/peers" },
    job: { type: "string", default: "mini" },
    threads: { type: "string", default: "1" },
    steps: { type: "string", default: "2" },
    micro: { type: "string" }
  }
})
const threads = Number(values.threads)
const steps = Number(values.steps)
const micro = Number(values.micro ?? defaultMicro[values.job] ?? 8)

const linuxPeakRss = (): number => process.resourceUsage().maxRSS / 1048576

const run = Effect.fn("peers.ownSteps")(function* (
  job: Job,
  cut: Cut,
  base: { layout: Parameters<typeof encodeParameters>[0]; weights: Float32Array }
) {
  const { facts } = yield* PolicyEngine
  const artifacts = yield* Artifacts
  const reference = yield* artifacts.store(encodeParameters(base.layout, base.weights, sharedMemory))
  const times = new PhaseTimes()
  let policy: Trained = { weights: reference, state: initialFold(base.weights) }
  const samples = job.groups * job.groupSize
  for (let step = 0; step <= steps; step++) {
    policy = yield* Effect.gen(function* () {
      const answers = yield* generatePhase(job, cut, policy.weights, step).pipe(times.phase("generate"))
      const odd = answers.find(({ tokens }) => tokens.length !== job.newTokens)
      if (odd !== undefined) return yield* Effect.die(`an answer has ${odd.tokens.length} tokens, not ${job.newTokens}`)
      const shards = yield* Effect.sync(() => rewardPhase(job, cut, answers)).pipe(times.phase("reward"))
      const frozen = yield* referencePhase(job, cut, reference, shards).pipe(times.phase("reference"))
      return yield* trainPhase(job, cut, base.layout, policy, shards, frozen, times.phase("optim")).pipe(
        times.phase("train")
      )
    }).pipe(times.phase("step"))
    times.endStep()
  }
  const figures = times.figures()
  const rolloutTokens = samples * job.newTokens
  const perSecond = (seconds: number): number => Number((rolloutTokens / seconds).toFixed(1))
  return {
    tool: "onefold",
    job: job.name,
    threads,
    opts: { ...facts, cohorts: cut.workers },
    micro,
    rollout_tokens: rolloutTokens,
    ...figures,
    tok_per_s_generate: perSecond(figures.wall_s.generate),
    tok_per_cpu_s_generate: perSecond(figures.cpu_min_s.generate),
    tok_per_s_step: perSecond(figures.wall_s.step),
    first_step_s: Number(times.first("step").toFixed(2)),
    peak_rss_gb: Number(linuxPeakRss().toFixed(3))
  }
})

const program = Effect.gen(function* () {
  const job = yield* readJob(values.peers, values.job)
  const base = yield* readCheckpoint(job.checkpoint)
  // All answers have one length here, so nothing may end one.
  const config = { ...base.config, eosIds: [] }
  const layer = PolicyEngine.layer({ config, workers: threads }).pipe(Layer.provideMerge(heldArtifacts))
  const line = yield* run(job, { workers: threads, micro }, base).pipe(Effect.provide(layer), Effect.scoped)
  yield* Console.log(JSON.stringify(line))
})

await Effect.runPromise(program)
process.exit()
