/**
 * A worker that is asked to end with a batch in hand: it says so to whoever asks, keeps what it finishes, and leaves the rest
 * when its time is up. Skipped, aloud, where there is no Java; with CI=true that is a failure.
 */
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { freePorts } from "../../../deploy/local/free-ports.ts"
import { startKafka } from "../../../deploy/local/kafka.ts"
import { describeOver } from "../../../deploy/local/servers.fixture.ts"
import { eventsIn } from "../../../platform/stream/log.fixture.ts"
import { type Spawned, scratchFolder } from "../spawned.fixture.ts"
import { ended, ready, spawnedCluster, withTopics } from "./spawned-cluster.fixture.ts"

const scratch = scratchFolder()

/** Sampled answer by answer, a cohort takes a second or more. A batch is two cohorts, and each of four partitions has one in hand. */
const cohorts = 24
const inHand = 8
const cohortSize = 32
const slow = ["--copies", "96", "--group-size", "8", "--cohorts", String(cohorts), "--slots", "1"]

/** What was answered at /ready, in the end and before, until nobody answered any more. */
const answersUntilGone = async (port: number): Promise<ReadonlyArray<string>> => {
  const answers: Array<string> = []
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).then(
      async (response) => `${response.status} ${await response.text()}`,
      () => null
    )
    if (answer === null) return answers
    answers.push(answer)
    await pause(20)
  }
}

await describeOver("a worker that is asked to end amid a batch", startKafka(), (kafka) => {
  const cluster = spawnedCluster(kafka, scratch)
  const generated = () =>
    cluster.onLog(
      Effect.map(eventsIn("rollouts.generated"), (events) => {
        const ids = events.flatMap((event) => (event._tag === "RolloutGenerated" ? [event.cohort] : []))
        assert.lengthOf(ids, new Set(ids).size * cohortSize, "no cohort is half there, and none twice")
        return new Set(ids).size
      })
    )
  /** Who has kept a batch has others in hand. */
  const untilMoreThan = async (before: number): Promise<number> => {
    for (;;) {
      const now = await generated()
      if (now > before) return now
      await pause(50)
    }
  }
  const generating = async (name: string, ...flags: ReadonlyArray<string>): Promise<Spawned> => {
    const worker = cluster.worker(name, "generate", "--threads", "1", ...flags)
    await ready(worker)
    return worker
  }

  it("given time, then it is not ready while it finishes, and keeps what it had in hand; given too little, then it leaves the rest", async () => {
    await withTopics(cluster)
    const update = cluster.worker("update", "update", "--threads", "1")
    const submitted = await cluster.onefold(
      ...["submit", "--preset", "smoke", "--steps", "1", "--validation", "none"],
      ...[...slow, "--data-dir", join(scratch, "asker")]
    )
    assert.strictEqual(submitted.code, 0, submitted.stderr)

    const [port] = await freePorts([0])
    const patient = await generating("patient", "--http", String(port), "--drain-seconds", "250")
    const first = await untilMoreThan(0)
    const answering = answersUntilGone(port)
    const [drained] = await ended([patient])
    assert.strictEqual(drained.code, 0, drained.stderr)
    assert.include(drained.stdout, '"type":"drained"')
    assert.include(await answering, "503 draining")
    const kept = await generated()
    assert.isAbove(kept, first)
    assert.isBelow(kept, cohorts, "no other batch was begun")

    const hasty = await generating("hasty", "--drain-seconds", "1")
    const before = await untilMoreThan(kept)
    assert.isBelow(before, cohorts)
    const [undrained] = await ended([hasty])
    assert.strictEqual(undrained.code, 0, undrained.stderr)
    assert.include(undrained.stdout, '"type":"undrained"')
    assert.isBelow(await generated(), before + inHand, "not all that it had in hand is kept")
    await ended([update])
  }, 300_000)
})
