/** The history as its users meet it: over a log, in a folder, with a thread of its own. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { topics } from "../../schemas/catalogue.ts"
import type { GradientComputed } from "../../schemas/gradient-computed.ts"
import { layerMemory } from "../log/memory.ts"
import { draftOf } from "../stream/deliver.ts"
import { checksums } from "./checksums.ts"
import { recordsOf } from "./fabricated/log.ts"
import { vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { ask, contentOf, events, folder, newLog, project, reasonOf, run, shape, within } from "./history.harness.ts"
import { History } from "./history.ts"
import { HistoryThread } from "./history-thread.ts"
import { migrations } from "./migrate.ts"
import { openStore } from "./store.ts"

/** One line for each token, as the table should have it. */
const expectedTokens = (gradient: GradientComputed) => {
  let n = 0
  return gradient.rollouts.flatMap(({ promptId, sampleIndex }, i) => {
    const rollout = events.find(
      (event) => event._tag === "RolloutGenerated" && event.step === gradient.step && event.sampleIndex === sampleIndex
    )
    const verdict = events.find(
      (event) => event._tag === "RolloutGraded" && event.step === gradient.step && event.sampleIndex === sampleIndex
    )
    assert(rollout?._tag === "RolloutGenerated" && verdict?._tag === "RolloutGraded")
    return Array.from(rollout.tokens, (token, position) => {
      const at = n++
      const reference = gradient.referenceLogProbs.length === 0 ? null : gradient.referenceLogProbs[at]
      return {
        step: gradient.step,
        rollout_step: gradient.rolloutStep,
        prompt: promptId,
        sample: sampleIndex,
        position,
        token,
        text: vocabulary[token] ?? "",
        behaviour_log_prob: rollout.logProbs[position],
        log_prob: gradient.logProbs[at],
        reference_log_prob: reference,
        entropy: gradient.entropies[at],
        advantage: gradient.advantages[gradient.advantages.length === gradient.rollouts.length ? i : at],
        reward: verdict.reward,
        shard: gradient.shard,
        policy: gradient.policyHash
      }
    })
  })
}

describe("the history of a run", () => {
  it.effect("has one row for each event, and each token with all that is known of it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const log = yield* newLog
      yield* within(
        path,
        Effect.gen(function* () {
          const { drain } = yield* (yield* History).follow(run)
          yield* log.append(events.map(draftOf))
          yield* drain

          const counts = yield* ask(
            "SELECT sum(rows) AS rows, table FROM system.parts WHERE active AND database = 'onefold' GROUP BY table"
          )
          const expected = {
            runs: 6,
            requests: 3 * (2 + 2) + 2,
            rollouts: 24,
            verdicts: 24,
            gradients: 6,
            policies: 3,
            gradient_norms: 3 * 6,
            evaluation_samples: 8,
            evaluations: 6,
            evaluation_figures: 12,
            evaluation_tokens: 24,
            dead_letters: 2,
            migrations: migrations().length
          }
          assert.deepInclude(Object.fromEntries(counts.map(({ rows, table }) => [table, rows])), expected)

          const tokens = yield* ask(
            `SELECT step, rollout_step, prompt, sample, position, token, text, reinterpretAsUInt32(behaviour_log_prob) AS behaviour_log_prob,
              reinterpretAsUInt32(log_prob) AS log_prob, reinterpretAsUInt32(reference_log_prob) AS reference_log_prob,
              reinterpretAsUInt32(entropy) AS entropy, reinterpretAsUInt32(advantage) AS advantage, reward, shard, policy
            FROM tokens ORDER BY step, shard, sample, position`
          )
          const bits = (value: number | null) =>
            value === null ? null : new Uint32Array(Float32Array.of(value).buffer)[0]
          assert.deepStrictEqual(
            tokens,
            events
              .flatMap((event) => (event._tag === "GradientComputed" ? expectedTokens(event) : []))
              .map((token) => ({
                ...token,
                behaviour_log_prob: bits(token.behaviour_log_prob),
                log_prob: bits(token.log_prob),
                reference_log_prob: bits(token.reference_log_prob),
                entropy: bits(token.entropy),
                advantage: bits(token.advantage)
              }))
          )
        })
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("keeps texts exactly, whatever is in them, and unknown apart from zero", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const log = yield* newLog
      yield* within(
        path,
        Effect.gen(function* () {
          const { drain } = yield* (yield* History).follow(run)
          yield* log.append(events.map(draftOf))
          yield* drain
          const rollouts = events.flatMap((event) => (event._tag === "RolloutGenerated" ? [event] : []))
          assert.deepStrictEqual(
            yield* ask("SELECT text, tokens, entropy IS NULL AS old FROM rollouts ORDER BY step, sample"),
            rollouts.map(({ entropies, text, tokens }) => ({
              text,
              tokens: tokens.length,
              old: Number(entropies === null)
            }))
          )
          assert.deepStrictEqual(
            yield* ask("SELECT countIf(reward IS NULL) AS unknown, countIf(verdict = 'unknown') AS said FROM verdicts"),
            [{ unknown: 3, said: 3 }]
          )
          assert.deepStrictEqual(
            yield* ask("SELECT JSONExtractString(config, 'note') AS note FROM runs WHERE kind = 'started'"),
            [{ note: 'it\'s "quoted" \\ and\nbroken' }]
          )
          assert.deepStrictEqual(yield* ask("SELECT DISTINCT record FROM dead_letters"), [{ record: "00ff27" }])
        })
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("describes every column", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const nameless = yield* within(
        path,
        ask("SELECT table, name FROM system.columns WHERE database = 'onefold' AND comment = ''")
      )
      assert.deepStrictEqual(nameless, [])
    })
  )

  it.effect("goes on where it was closed, and follows several runs side by side", () =>
    Effect.gen(function* () {
      const [path, other] = [yield* folder, yield* folder]
      yield* project(other).pipe(Effect.provide(layerMemory))
      const log = yield* newLog
      const drafts = events.map(draftOf)
      const second = fabricatedRun({ ...shape, runId: "run-2" }).filter(({ _tag }) => _tag !== "DeadLettered")
      const starts = topics.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }))
      )
      yield* within(
        path,
        Effect.gen(function* () {
          const { drain } = yield* (yield* History).follow(run)
          yield* log.append(drafts.slice(0, 40))
          yield* drain
        })
      )
      yield* log.append(drafts.slice(40))
      const from = yield* Effect.forEach(starts, (place) =>
        Effect.map(log.endOffsets(place.topic), (ends) => ({ ...place, offset: ends[place.partition] }))
      )
      yield* within(
        path,
        Effect.gen(function* () {
          const history = yield* History
          const first = yield* history.follow(run)
          const beside = yield* history.follow({ runId: "run-2", vocabulary, from })
          yield* log.append(second.map(draftOf))
          yield* Effect.all([first.drain, beside.drain], { concurrency: "unbounded" })
          const runs = yield* ask("SELECT run, count() AS tokens FROM tokens GROUP BY run ORDER BY run")
          assert.deepStrictEqual(
            runs.map((row) => row.run),
            ["run-1", "run-2"]
          )
        })
      )
      const content = yield* Effect.promise(async () => {
        const store = openStore(path)
        const connection = store.connect()
        connection.run("DELETE FROM rollouts WHERE run = 'run-2'")
        const { rollouts } = checksums(connection)
        connection.close()
        await store.close()
        return rollouts
      })
      assert.strictEqual(content, (yield* contentOf(other)).rollouts)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("answers with all rows it has taken, without waiting for company", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const thread = yield* Effect.acquireRelease(
        Effect.sync(() => new HistoryThread()),
        (thread) =>
          Effect.andThen(
            Effect.orDie(thread.ask({ kind: "close" })),
            Effect.promise(() => thread.end())
          )
      )
      yield* thread.ask({ kind: "open", place: { folder: path } })
      yield* thread.ask({ kind: "begin", run })
      yield* thread.ask({ kind: "take", runId: run.runId, records: recordsOf(events) })
      const answer = yield* thread.answer({ sql: "SELECT count() FROM rollouts", format: "csv" })
      assert.strictEqual(new TextDecoder().decode(answer), '"count()"\n24\n')
    })
  )

  it.effect("is not complete while the log lacks rollouts that its gradients name", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const log = yield* newLog
      yield* within(
        path,
        Effect.gen(function* () {
          const { drain } = yield* (yield* History).follow(run)
          yield* log.append(events.filter(({ _tag }) => _tag !== "RolloutGenerated").map(draftOf))
          assert.include(reasonOf(yield* Effect.exit(drain)), "incomplete")
          assert.deepStrictEqual(yield* ask("SELECT count() AS rows FROM gradients"), [{ rows: 6 }])
        })
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given a run followed after another has gone, then only its own rows are added, and none is lost", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const log = yield* newLog
      yield* within(
        path,
        Effect.gen(function* () {
          const history = yield* History
          const others = fabricatedRun({ ...shape, runId: "run-2" })
          yield* Effect.scoped(
            Effect.gen(function* () {
              const first = yield* history.follow(run)
              yield* log.append([...events, ...others.slice(0, 30)].map(draftOf))
              yield* first.drain
            })
          )
          assert.deepStrictEqual(yield* ask("SELECT DISTINCT run FROM rollouts"), [{ run: "run-1" }])
          const second = yield* history.follow({ ...run, runId: "run-2" })
          yield* log.append(others.slice(30).map(draftOf))
          yield* second.drain
          assert.deepStrictEqual(yield* ask("SELECT run, count() AS rows FROM rollouts GROUP BY run ORDER BY run"), [
            { run: "run-1", rows: 24 },
            { run: "run-2", rows: 24 }
          ])
        })
      )
    }).pipe(Effect.provide(layerMemory))
  )
})
