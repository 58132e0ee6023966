/** What a run of a sweep reads of the log: nothing that lies before its own start, however many runs came before. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { EventLog, type Position } from "../../../platform/log/event-log.ts"
import { RunId } from "../../../schemas/ids.ts"
import { quietReporter } from "../../bench/quiet-reporter.ts"
import { loadBase, miniatureBase } from "../base.ts"
import { beginRun } from "../begin-run.ts"
import { openDataFolder } from "../data-folder.ts"
import { services } from "../embedded.ts"
import { findExample } from "../examples.ts"
import { folderLog } from "../folder-log.ts"
import { configOf } from "../presets.ts"
import { recordedRuns } from "../recorded.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import { stoppingLayer } from "../stopping.ts"

const scratch = scratchFolder()

/** A log that notes where each group of a run, and each tail, began to read. */
const noting = (began: Array<Position>) =>
  Layer.effect(
    EventLog,
    Effect.map(EventLog, (log) => ({
      ...log,
      consume: (consumption) =>
        log.consume({
          ...consumption,
          handle: (batch) => {
            const { group } = consumption
            if (group.endsWith("/second")) began.push(batch.records[0])
            return consumption.handle(batch)
          }
        }),
      tail: (topics, from = []) => {
        began.push(...from)
        return log.tail(topics, from)
      }
    }))
  )

describe("a run of a sweep", () => {
  it.live(
    "given runs before it, then its stages, its story and its history begin to read where it began",
    () =>
      Effect.gen(function* () {
        const base = yield* loadBase(miniatureBase)
        const folder = yield* openDataFolder(join(scratch, "data"))
        const model = { name: "miniature", hash: base.weightsHash }
        const prompts = [yield* findExample("two:1")] as const
        const config = yield* configOf({ preset: "smoke", prompts, model, steps: 1, seed: 0, testSeed: 2026 })
        const began: Array<Position> = []
        const log = noting(began).pipe(Layer.provide(folderLog(folder)))
        yield* Effect.gen(function* () {
          const telling = { config, base, folder, reporter: quietReporter, alone: false }
          yield* beginRun({ ...telling, name: RunId.make("first") })
          began.length = 0
          yield* beginRun({ ...telling, name: RunId.make("second") })
          const second = (yield* recordedRuns()).find(({ started }) => started.runId === "second")
          const starts = second?.started.logStart ?? []
          assert.isTrue(starts.some(({ offset }) => offset > 10))
          assert.isAbove(began.length, 20)
          for (const { offset, partition, topic } of began) {
            const start = starts.find((each) => each.topic === topic && each.partition === partition)
            assert.isAtLeast(offset, start?.offset ?? 0, `${topic}/${partition}`)
          }
        }).pipe(
          Effect.provide(
            Layer.mergeAll(
              services(folder, base, config, log),
              stoppingLayer(() => process.exit(130))
            )
          )
        )
      }),
    60_000
  )
})
