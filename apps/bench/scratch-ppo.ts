import { createHash } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { decodeParameters, encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { criticLayoutOf, initialCritic } from "../../learning/policy/critic.ts"
import { History } from "../../platform/history/history.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import { loadBase, miniatureBase } from "../cli/base.ts"
import { beginRun } from "../cli/begin-run.ts"
import { openDataFolder } from "../cli/data-folder.ts"
import { services } from "../cli/embedded.ts"
import { findExample } from "../cli/examples.ts"
import { configOf, defaultExample } from "../cli/presets.ts"
import { stoppingLayer } from "../cli/stopping.ts"
import { quietReporter } from "./quiet-reporter.ts"
const variants: any = JSON.parse(process.argv[2])
const program = Effect.gen(function* () {
  const base = yield* loadBase(miniatureBase)
  const folder = yield* openDataFolder(mkdtempSync(join(tmpdir(), "onefold-ppo-")))
  yield* Effect.gen(function* () {
    const history = yield* History
    const weights = yield* decodeParameters(base.layout, base.weights, "")
    const bytes = encodeParameters(criticLayoutOf(base.config), initialCritic(base.config, base.layout, weights))
    const initial = createHash("sha256").update(bytes).digest("hex")
    yield* (yield* Artifacts).store(bytes)
    for (const v of variants) {
      const { critic: c, seed = 11, steps = null, example: ex = [defaultExample], ...change } = v
      const prompts: any = yield* Effect.forEach(ex as string[], (e) => findExample(e))
      const model = { name: "miniature", hash: base.weightsHash }
      const settings = yield* configOf({ preset: "mini", prompts, model, steps, seed, testSeed: 5000 + seed })
      const critic = c === undefined ? {} : { advantage: "gae", critic: { initial, learningRate: 3e-4, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, adamEpsilon: 1e-8, maxGradientNorm: 1, clip: 0.5, warmUpBatches: 0, ...c } }
      const t0 = Date.now()
      const config = new RunConfig({ ...settings, ...critic, ...change } as any)
      const { run } = yield* beginRun({ config, base, folder, reporter: quietReporter })
      const answer = yield* history.query(`SELECT step, round(accuracy,3) a FROM evaluations WHERE run='${run.runId}' AND family='all' AND protocol='greedy' ORDER BY step`, "json")
      const tr = yield* history.query(`SELECT step, round(reward_mean,2) r, round(entropy,2) e FROM policies WHERE run='${run.runId}' AND step%10=0 ORDER BY step`, "json")
      const cr = yield* history.query(`SELECT step, round(loss,3) l, round(explained_variance,2) ev, round(gradient_norm,2) g FROM critics WHERE run='${run.runId}' AND step%10=0 ORDER BY step`, "json")
      console.log(JSON.stringify(v), ((Date.now() - t0) / 1000).toFixed(0) + "s", answer.trim().split("\n").map((l: string) => JSON.parse(l).a).join(" "), "| train", tr.trim().split("\n").map((l: string) => JSON.parse(l).r).join(" "), "| ent", tr.trim().split("\n").map((l: string) => JSON.parse(l).e).join(" "), "| critic", cr.trim().split("\n").filter(Boolean).map((l: string) => { const x = JSON.parse(l); return `${x.l}/${x.ev}/${x.g}` }).join(" "))
    }
  }).pipe(Effect.provide(Layer.mergeAll(services(folder, base, {}), stoppingLayer(() => process.exit(130)))))
})
await Effect.runPromise(program as any)
process.exit()
