/** What the history holds of a run with a critic whose batches have several updates. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import type { ScoresComputed } from "../../schemas/scores-computed.ts"
import { layerMemory } from "../log/memory.ts"
import { draftOf } from "../stream/deliver.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { ask, folder, newLog, ppoShape, run, within } from "./history.harness.ts"
import { History } from "./history.ts"

const events = fabricatedRun(ppoShape)
const scores = events.flatMap((event) => (event._tag === "ScoresComputed" ? [event] : []))
const gradients = events.flatMap((event) => (event._tag === "GradientComputed" ? [event] : []))
const criticGradients = events.flatMap((event) => (event._tag === "CriticGradientComputed" ? [event] : []))

const rowsOf = (sql: string) =>
  Effect.gen(function* () {
    const path = yield* folder
    const log = yield* newLog
    return yield* within(
      path,
      Effect.gen(function* () {
        const { drain } = yield* (yield* History).follow(run)
        yield* log.append(events.map(draftOf))
        yield* drain
        return yield* ask(sql)
      })
    )
  }).pipe(Effect.provide(layerMemory))

/** The bits of a float32, so that nothing is lost between here and there. */
const bits = (values: Float32Array, at: number): number | null =>
  values.length === 0 ? null : new Uint32Array(Float32Array.of(values[at]).buffer)[0]

/** One line for each token of a shard, in packed order. */
const tokensOf = <A>(
  { rollouts }: ScoresComputed | CriticGradientComputed,
  line: (token: { readonly prompt: string; readonly sample: number; readonly position: number }, at: number) => A
): ReadonlyArray<A> => {
  let at = 0
  return rollouts.flatMap(({ length, promptId, sampleIndex }) =>
    Array.from({ length }, (_, position) => line({ prompt: promptId, sample: sampleIndex, position }, at++))
  )
}

const meanOf = (values: Float32Array): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

describe("the history of a run with a critic", () => {
  it.effect("has the scores of each shard", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        `SELECT step, shard, shards, packed, rollouts, tokens, old_log_prob, reference_log_prob, value, event_id
        FROM scores ORDER BY step, shard`
      )
      assert.deepStrictEqual(
        rows,
        scores.map((event) => ({
          step: event.step,
          shard: event.shard,
          shards: event.shards,
          packed: event.packedHash,
          rollouts: event.rollouts.length,
          tokens: event.values.length,
          old_log_prob: meanOf(event.oldLogProbs),
          reference_log_prob: meanOf(event.referenceLogProbs),
          value: meanOf(event.values),
          event_id: event.eventId
        }))
      )
    })
  )

  it.effect("has the scores of each token, null where they were not asked for", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        `SELECT step, shard, prompt, sample, position, reinterpretAsUInt32(old_log_prob) AS old,
          reinterpretAsUInt32(reference_log_prob) AS reference, reinterpretAsUInt32(value) AS value
        FROM token_scores ORDER BY step, shard, sample, position`
      )
      const expected = scores.flatMap((event) =>
        tokensOf(event, (token, at) => ({
          step: event.step,
          shard: event.shard,
          ...token,
          old: bits(event.oldLogProbs, at),
          reference: bits(event.referenceLogProbs, at),
          value: bits(event.values, at)
        }))
      )
      assert.isTrue(expected.some(({ old }) => old === null) && expected.some(({ old }) => old !== null))
      assert.deepStrictEqual(rows, expected)
    })
  )

  it.effect("has the critic's gradients and each token that they were computed from", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        `SELECT v.step AS step, v.rollout_step AS rollout_step, v.shard AS shard, shards, prompt, sample, position,
          reinterpretAsUInt32(value) AS value, reinterpretAsUInt32(old_value) AS old, reinterpretAsUInt32(return) AS return,
          v.critic AS critic, gradient, packed, rollouts, tokens, loss, clip_fraction
        FROM token_values AS v JOIN critic_gradients AS g ON g.run = v.run AND g.event_id = v.event_id
        ORDER BY step, shard, sample, position`
      )
      assert.deepStrictEqual(
        rows,
        criticGradients.flatMap((event) =>
          tokensOf(event, (token, at) => ({
            step: event.step,
            rollout_step: event.rolloutStep,
            shard: event.shard,
            shards: event.shards,
            ...token,
            value: bits(event.values, at),
            old: bits(event.oldValues, at),
            return: bits(event.returns, at),
            critic: event.criticHash,
            gradient: event.gradientHash,
            packed: event.packedHash,
            rollouts: event.rollouts.length,
            tokens: event.values.length,
            loss: event.loss,
            clip_fraction: event.clipFraction
          }))
        )
      )
    })
  )

  it.effect("has its critics with their figures", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        `SELECT step, critic, previous_critic, optimizer, snapshot, gradients, loss, clip_fraction, gradient_norm,
          learning_rate, value_mean, return_mean, explained_variance FROM critics ORDER BY step`
      )
      assert.deepStrictEqual(
        rows,
        events.flatMap((event) =>
          event._tag !== "CriticUpdated"
            ? []
            : [
                {
                  step: event.step,
                  critic: event.criticHash,
                  previous_critic: event.previousCriticHash,
                  optimizer: event.optimizerHash,
                  snapshot: event.snapshotHash ?? "",
                  gradients: event.gradientHashes,
                  loss: event.metrics.loss,
                  clip_fraction: event.metrics.clipFraction,
                  gradient_norm: event.metrics.gradientNorm,
                  learning_rate: event.metrics.learningRate,
                  value_mean: event.metrics.valueMean,
                  return_mean: event.metrics.returnMean,
                  explained_variance: event.metrics.explainedVariance
                }
              ]
        )
      )
    })
  )

  it.effect("has what was asked for, with the models that were to be used", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        `SELECT event_id, step, rollout_step, kind, part, parts, policy, reference, critic, rollouts, tokens, batch_tokens, packed
        FROM requests WHERE kind NOT IN ('rollouts', 'evaluation') ORDER BY event_id`
      )
      const kinds = {
        ScoresRequested: "scores",
        GradientRequested: "gradient",
        CriticGradientRequested: "critic-gradient"
      }
      const expected = events.flatMap((event) => {
        if (
          event._tag !== "ScoresRequested" &&
          event._tag !== "GradientRequested" &&
          event._tag !== "CriticGradientRequested"
        )
          return []
        const row = {
          event_id: event.eventId,
          step: event.step,
          rollout_step: "rolloutStep" in event ? event.rolloutStep : event.step,
          kind: kinds[event._tag],
          part: event.shard,
          parts: event.shards,
          policy: ("policyHash" in event ? event.policyHash : null) ?? "",
          reference: ("referenceHash" in event ? event.referenceHash : null) ?? "",
          critic: ("criticHash" in event ? event.criticHash : null) ?? "",
          rollouts: event.rollouts,
          tokens: event.tokens,
          batch_tokens: "batchTokens" in event ? event.batchTokens : null,
          packed: event.packedHash
        }
        return [row]
      })
      assert.deepStrictEqual(
        rows,
        expected.toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1))
      )
    })
  )

  it.effect("joins each token with its rollout and its scores by the step that it was sampled in", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        `SELECT t.step AS step, t.rollout_step AS rollout_step, count() AS tokens, uniqExact(t.sample) AS answers,
          countIf(r.policy = t.policy) = count() AS on_policy
        FROM tokens AS t
        JOIN rollouts AS r ON r.run = t.run AND r.step = t.rollout_step AND r.prompt = t.prompt AND r.sample = t.sample
        JOIN token_scores AS s ON s.run = t.run AND s.step = t.rollout_step AND s.prompt = t.prompt
          AND s.sample = t.sample AND s.position = t.position
        GROUP BY step, rollout_step ORDER BY step`
      )
      const expected = [0, 1, 2].map((step) => {
        const own = gradients.filter((gradient) => gradient.step === step)
        return {
          step,
          rollout_step: own[0].rolloutStep,
          tokens: own.reduce((sum, { logProbs }) => sum + logProbs.length, 0),
          answers: own.reduce((sum, { rollouts }) => sum + rollouts.length, 0),
          on_policy: Number(step === own[0].rolloutStep)
        }
      })
      assert.deepStrictEqual(rows, expected)
    })
  )

  it.effect("answers every statement that the documentation shows", () =>
    Effect.gen(function* () {
      const text = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8")
      const shown = [...text.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql.replace("'RUN'", `'${run.runId}'`))
      assert.isAtLeast(shown.length, 2)
      for (const sql of shown) assert.isNotEmpty(yield* rowsOf(sql.replace("t.step = 3", "t.step = 1")), sql)
    })
  )
})
