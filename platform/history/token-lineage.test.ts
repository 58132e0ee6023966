/** The query of docs/history.md that leads from a token to everything about it. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { layerMemory } from "../log/memory.ts"
import { draftOf } from "../stream/deliver.ts"
import { ask, events, folder, newLog, run, within } from "./history.harness.ts"
import { History } from "./history.ts"

describe("the history of a run", () => {
  it.effect("leads from any token to its run, policy, shard and verdict by the query of docs/history.md", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const log = yield* newLog
      yield* within(
        path,
        Effect.gen(function* () {
          const { drain } = yield* (yield* History).follow(run)
          yield* log.append(events.map(draftOf))
          yield* drain
          const docs = readFileSync(new URL("../../docs/history.md", import.meta.url), "utf8")
          const [, sql = ""] = /From any token[^`]*```sql\n(.*?)```/s.exec(docs) ?? []
          const tokens = yield* ask("SELECT run, step, prompt, sample, position, token FROM tokens")
          for (const { position, prompt, run: runId, sample, step, token } of tokens.filter((_, i) => i % 17 === 0)) {
            const here = sql
              .replace("'RUN'", `'${runId}'`)
              .replace("'PROMPT'", `'${prompt}'`)
              .replace(/step = \d+/, `step = ${step}`)
              .replace(/sample = \d+/, `sample = ${sample}`)
              .replace(/position = \d+/, `position = ${position}`)
            const [answer, ...more] = yield* ask(here)
            assert.lengthOf(more, 0)
            const verdict = events.find(
              (event) => event._tag === "RolloutGraded" && event.step === step && event.sampleIndex === sample
            )
            const gradient = events.find(
              (event) =>
                event._tag === "GradientComputed" &&
                event.step === step &&
                event.rollouts.some(({ sampleIndex }) => sampleIndex === sample)
            )
            assert(verdict?._tag === "RolloutGraded" && gradient?._tag === "GradientComputed")
            assert.deepInclude(answer, {
              token,
              policy: gradient.policyHash,
              shard: gradient.shard,
              gradient: gradient.gradientHash,
              verdict: verdict.verdict,
              reward: verdict.reward,
              config_hash: events[0]._tag === "RunStarted" ? events[0].configHash : ""
            })
          }
        })
      )
    }).pipe(Effect.provide(layerMemory))
  )
})
