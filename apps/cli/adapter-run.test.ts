/** A run that trains an adapter, from its first line to its export; and one whose answers take turns in few slots. */
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { decodeParameters, readCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import { readAdapter } from "../../learning/policy/training/adapter-files.ts"
import { adapterLayout } from "../../learning/policy/training/lora.ts"
import { mergeAdapter } from "../../learning/policy/training/merge-adapter.ts"
import { miniatureBase } from "./base.ts"
import { readResultLine } from "./report/result.ts"
import { type Ended, filesOf, isRefused, onefold, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")
const at = ["--data-dir", dataDir]
const lora = { rank: 3, alpha: 12, targets: ["q_proj", "down_proj"] } as const
const asked = ["--lora-rank", "3", "--lora-alpha", "12", "--lora-targets", "down_proj,q_proj", "--steps", "3"]

let run: Ended
let trained: string
let initial: string

const blob = (hash: string): string => join(dataDir, "blobs", hash.slice(0, 2), `${hash}.safetensors`)
const rowsOf = <S extends Schema.Codec<unknown, unknown>>(schema: S, { lines }: Ended) =>
  lines.map((line) => Schema.decodeUnknownSync(Schema.fromJsonString(schema))(line))
const sql = async (folder: string, query: string): Promise<Ended> => {
  const answer = await onefold(["sql", query, "--format", "json", "--data-dir", folder])
  assert.strictEqual(answer.code, 0, answer.stderr)
  return answer
}

beforeAll(async () => {
  run = await onefold(smoke(dataDir, ...asked))
  assert.strictEqual(run.code, 0, run.stderr)
  trained = (await Effect.runPromise(readResultLine(run.lines.at(-1) ?? ""))).weightsSha256
  const [started] = rowsOf(
    Schema.Struct({ policy: Schema.String }),
    await sql(dataDir, "SELECT policy FROM runs WHERE kind = 'started'")
  )
  initial = started.policy
})

describe("run --lora-rank", () => {
  it("stores adapters and gradients of the adapter's size, and no weights but the base's", async () => {
    const { config } = await Effect.runPromise(readCheckpoint(miniatureBase))
    const adapter = statSync(blob(initial)).size
    assert.approximately(adapter, 4 * adapterLayout(config, lora).size, 10_000)
    const Row = Schema.Struct({ gradient: Schema.String, policy: Schema.String })
    const rows = rowsOf(Row, await sql(dataDir, "SELECT gradient, policy FROM gradients ORDER BY step, shard"))
    assert.lengthOf(rows, 3 * 4)
    assert.strictEqual(rows[0].policy, initial, "the first gradient is of the initial adapter")
    for (const hash of [...rows.map(({ gradient }) => gradient), trained])
      assert.strictEqual(statSync(blob(hash)).size, adapter)
    const large = [...filesOf(join(dataDir, "blobs")).keys()].filter(
      (path) => statSync(join(dataDir, "blobs", path)).size > 4 * adapter
    )
    assert.lengthOf(large, 1)
  })

  it("begins as its base, to the token, and changes", async () => {
    const full = join(scratch, "full")
    assert.strictEqual((await onefold(smoke(full, "--steps", "1"))).code, 0)
    const tokens = "SELECT step, sample, position, token FROM tokens WHERE step = 0 ORDER BY sample, position"
    assert.deepStrictEqual((await sql(dataDir, tokens)).lines, (await sql(full, tokens)).lines)
    assert.notStrictEqual(trained, initial)
  })

  it.each([
    ["recorded gradients", ["--verify"]],
    ["gradients computed anew", ["--verify", "--recompute"]]
  ] as const)("is proved by the fold of its %s", async (_, flags) => {
    const proved = await onefold(["replay", "last", ...flags, "--json", ...at])
    assert.strictEqual(proved.code, 0, proved.stderr)
    assert.include(proved.lines.at(-1), '"equal":3,"of":3,"firstDifferent":null')
  })

  it("killed and resumed, then ends with the very result line", async () => {
    const harried = join(scratch, "harried")
    const killed = spawned(smoke(harried, ...asked))
    await killed.until('"type":"step"')
    killed.child.kill("SIGKILL")
    assert.strictEqual((await killed.ended).code, 137)
    const resumed = await onefold(["resume", "last", "--json", "--data-dir", harried])
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.deepStrictEqual(resumed.lines.slice(-1), run.lines.slice(-1))
    const shown = await onefold(["show", "last", "--json", "--data-dir", harried])
    assert.deepStrictEqual(shown.lines, run.lines.slice(-1))
  })

  it("exported, then the adapter as PEFT has it; with --merged, a whole model; before any update, the base", async () => {
    const base = await Effect.runPromise(readCheckpoint(miniatureBase))
    const [folder, whole, first] = ["adapter", "merged", "first"].map((name) => join(scratch, name))
    const exported = async (...args: ReadonlyArray<string>) => {
      const { code, stderr } = await onefold(["export", "last", ...args, ...at])
      assert.strictEqual(code, 0, stderr)
    }
    await exported(folder)
    await exported(whole, "--merged")
    await exported(first, "--merged", "--step", "0")
    const adapter = await Effect.runPromise(readAdapter(folder, base.config))
    const layout = adapterLayout(base.config, lora)
    const weights = await Effect.runPromise(decodeParameters(layout, readFileSync(blob(trained)), trained))
    assert.deepInclude(adapter, { lora: { ...lora, targets: [...lora.targets] }, weights })
    assert.isTrue(weights.some((value) => value !== 0))
    const merged = await Effect.runPromise(readCheckpoint(whole))
    assert.deepStrictEqual(merged.config, base.config)
    assert.deepStrictEqual(merged.weights, mergeAdapter(base.config, lora, base.weights, weights))
    assert.notDeepEqual(merged.weights, base.weights)
    assert.deepStrictEqual((await Effect.runPromise(readCheckpoint(first))).weights, base.weights)
  })

  it("given what cannot be, then refused before anything is written", async () => {
    const never = join(scratch, "never")
    isRefused(await onefold(smoke(never, "--lora-targets", "q_proj")), 2, "need --lora-rank")
    isRefused(await onefold(smoke(never, "--slots", "2", "--cache-bytes", "9")), 2, "both say how many grow at once")
    const wasm = { env: { ONEFOLD_BACKEND: "wasm" } }
    isRefused(await onefold(smoke(never, "--precision", "bfloat16"), wasm), 2, "bfloat16 needs native TensorFlow")
    const { code } = await onefold(["sql", "SELECT 1", "--data-dir", never])
    assert.strictEqual(code, 4)
  })
})

describe("run --slots and --cache-bytes", () => {
  const Plan = Schema.Struct({
    config: Schema.Struct({
      slots: Schema.optionalKey(Schema.Int),
      lora: Schema.optionalKey(Schema.Unknown),
      microBatch: Schema.optionalKey(Schema.Int),
      recompute: Schema.optionalKey(Schema.Boolean)
    })
  })
  const planned = async (...more: ReadonlyArray<string>) => {
    const [plan] = rowsOf(Plan, await onefold(smoke(join(scratch, "never"), "--dry-run", ...more)))
    return plan.config
  }

  it("record what is asked for, and nothing where all answers of the miniature fit", async () => {
    assert.deepStrictEqual(await planned(), {})
    assert.deepStrictEqual(await planned("--slots", "5", "--micro-batch", "2", "--recompute"), {
      ...{ slots: 5, microBatch: 2, recompute: true }
    })
    const { slots = 0 } = await planned("--cache-bytes", "3000000")
    assert.isTrue(slots >= 1 && slots < 240, `${slots}`)
    assert.deepStrictEqual(await planned("--cache-bytes", "1"), { slots: 1 })
  })

  it("give the tokens that all answers at once give", async () => {
    const [all, few] = [join(scratch, "all"), join(scratch, "few")]
    for (const [folder, ...more] of [[all], [few, "--slots", "3", "--micro-batch", "2"]])
      assert.strictEqual((await onefold(smoke(folder, "--steps", "1", ...more))).code, 0)
    const tokens = "SELECT sample, position, token FROM tokens WHERE step = 0 ORDER BY sample, position"
    assert.deepStrictEqual((await sql(few, tokens)).lines, (await sql(all, tokens)).lines)
    const answers =
      "SELECT problem, sample, text FROM evaluation_samples WHERE step = 0 ORDER BY protocol, problem, sample"
    assert.deepStrictEqual((await sql(few, answers)).lines, (await sql(all, answers)).lines)
  })
})
