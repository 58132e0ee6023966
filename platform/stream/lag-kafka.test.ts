/** Lag over a real broker. Skipped, aloud, where there is no Java; with CI=true that is a failure. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { type LocalKafka, startKafka } from "../../deploy/local/kafka.ts"
import { describeOver } from "../../deploy/local/servers.fixture.ts"
import { layerKafka } from "../log/kafka.ts"
import { runId } from "./events.fixture.ts"
import { grade, rollouts } from "./grade-stage.fixture.ts"
import { lagOf } from "./lag.ts"
import { append, emptyLog, eventsIn, visible } from "./log.fixture.ts"
import { groupOf, type Serving, serveStage, topicsOf } from "./serve.ts"

const serving: Serving = { runId, from: [] }
const group = groupOf(grade.name, serving)
const topics = topicsOf(grade.consumes)

const lag = Effect.map(lagOf(group, topics), ([{ lag }]) => lag)

function overKafka({ brokers }: LocalKafka): void {
  describe("lag over Kafka", () => {
    it.live(
      "given records that nobody has handled, then they are the lag, and little or nothing is once they are",
      () =>
        Effect.gen(function* () {
          yield* emptyLog
          yield* append(rollouts)
          const before = yield* lag
          assert.isAtLeast(before, rollouts.length, "an upper bound")
          // No more than a marker for each partition that was written to.
          const rest = new Set(rollouts.map(({ cohort }) => cohort)).size
          const resting = Effect.repeat(lag, { until: (left) => left <= rest, schedule: Schedule.spaced("50 millis") })
          yield* Effect.raceFirst(serveStage(grade, serving), resting)
          assert.lengthOf(visible(yield* eventsIn("rollouts.graded")), rollouts.length, "and all are handled")
        }).pipe(Effect.provide(layerKafka({ brokers: [brokers], clientId: "test" })))
    )
  })
}

await describeOver("lag over Kafka", startKafka(), overKafka)
