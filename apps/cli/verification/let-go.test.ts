/** `onefold verify` knows what a run was told to keep, and what a fork shares. */
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { draftOf } from "../../../platform/stream/deliver.ts"
import { onefold, scratchFolder, smoke } from "../spawned.fixture.ts"
import { altering, firstOf, found, kindsOf, names, recorded, writtenIn } from "./recorded-run.fixture.ts"

const scratch = scratchFolder()
const little = ["--steps", "4", "--set", "evaluation.problemsPerFamily=1"]
const Checked = Schema.fromJsonString(
  Schema.Struct({ ok: Schema.Boolean, artifacts: Schema.Int, artifactsWhole: Schema.Int, artifactsLetGo: Schema.Int })
)
const verify = (dataDir: string, ...more: ReadonlyArray<string>) =>
  onefold(["verify", "last", "--data-dir", dataDir, ...more])
const blob = (dataDir: string, hash: string): string => join(dataDir, "blobs", hash.slice(0, 2), `${hash}.safetensors`)

describe("onefold verify of a run that lets artifacts go", { timeout: 180_000 }, () => {
  it.each([
    ["rollouts", ["--keep", "rollouts", "--snapshot-every", "2"], /: 16 gradient, 16 packed$/m],
    ["snapshots", ["--keep", "snapshots:every=2"], /: 2 policy, 16 gradient, 16 packed$/m]
  ] as const)(
    "given --keep %s, then says what is gone, and what is gone beside it is a fault",
    async (kind, flags, gone) => {
      const dataDir = join(scratch, kind)
      const written = await recorded(dataDir, ...little, ...flags)
      const whole = await verify(dataDir)
      assert.strictEqual(whole.code, 0, whole.stdout)
      assert.include(whole.stdout, ": all in order")
      assert.match(whole.stdout, new RegExp(`^\\d+ artifacts let go, as --keep ${kind} says${gone.source}`, "m"))
      const { artifacts, artifactsLetGo, artifactsWhole } = Schema.decodeUnknownSync(Checked)(
        (await verify(dataDir, "--json")).stdout
      )
      assert.strictEqual(artifactsWhole + artifactsLetGo, artifacts)
      // Nothing lies there but what was found whole.
      const there = readdirSync(join(dataDir, "blobs"), { recursive: true, encoding: "utf8" })
      assert.lengthOf(
        there.filter((name) => name.endsWith(".safetensors")),
        artifactsWhole
      )
      const { policyHash, snapshotHash } = firstOf(written, "PolicyUpdated", ({ step }) => step === 2)
      assert.isNotNull(snapshotHash)
      rmSync(blob(dataDir, policyHash))
      rmSync(blob(dataDir, snapshotHash))
      const { code, stdout } = await verify(dataDir)
      assert.strictEqual(code, 5)
      assert.include(stdout, `policy ${policyHash} at ${blob(dataDir, policyHash)} cannot be used (missing)`)
      assert.include(stdout, `snapshot ${snapshotHash} at ${blob(dataDir, snapshotHash)} cannot be used (missing)`)
      assert.include(stdout, ": 2 faults")
    }
  )
})

const ppo = ["updatesPerBatch=2", "critic.warmUpBatches=1", "evaluation.everySteps=2", "snapshotEvery=2"]

describe("onefold verify of a fork", { timeout: 240_000 }, () => {
  it.each([
    ["plain", ["--steps", "2"], 1, ["--steps", "3"], 1],
    [
      "of PPO, amid the critic's warm-up",
      ["--recipe", "ppo", "--steps", "4", ...ppo.flatMap((each) => ["--set", each])],
      2,
      [],
      2
    ]
  ] as const)(
    "given one that is %s, then it is in order, and its past is the parent's",
    async (name, flags, at, more, states) => {
      const dataDir = join(scratch, name.replaceAll(/\W+/g, "-"))
      const made = await onefold(smoke(dataDir, "--set", "evaluation.problemsPerFamily=1", ...flags))
      assert.strictEqual(made.code, 0, made.stderr)
      const forked = await onefold(["fork", "last", "--at", String(at), ...more, "--json", "--data-dir", dataDir])
      assert.strictEqual(forked.code, 0, forked.stderr)
      const { code, stdout } = await verify(dataDir)
      assert.strictEqual(code, 0, stdout)
      const all = await writtenIn(dataDir)
      const own = all.filter(({ event }) => event.runId.endsWith("-fork-1"))
      const drafts = all.map(({ draft }) => draft)
      const look = (these: typeof drafts, areArtifactsRead = false) =>
        Effect.runPromise(found(these, join(dataDir, "blobs"), areArtifactsRead, own[0].event.runId))
      const { artifacts, findings } = await look(drafts, true)
      assert.deepStrictEqual([findings.faults, artifacts?.faults, findings.pending], [[], [], []])
      // What it took over is looked at too: the states that it went on from, of policy and critic.
      const taken = [...findings.artifacts.values()].filter(({ id }) => id.endsWith("/started")).map(({ what }) => what)
      assert.lengthOf(
        taken.filter((what) => what === "snapshot"),
        states
      )
      const first = firstOf(own, "PolicyUpdated", ({ step }) => step === at + 1)
      const old = altering(first, { step: at })
      const parent = firstOf(all, "RunStarted").runId
      const past = (await look([...drafts, draftOf(old)])).findings.faults
      names(past, "stranger", old.eventId, `the run forks ${parent} at step ${at}`)
      assert.deepStrictEqual(kindsOf(past), ["stranger"])
      const without = (await look(all.filter(({ event }) => event !== first).map((each) => each.draft))).findings.faults
      names(without, "missing", first.eventId, "the log has no record of it")
    }
  )
})
