/**
 * Workers that stop answering for longer than their groups wait, and come back: others have taken over by then. Skipped,
 * aloud, where there is no Java; with CI=true that is a failure.
 */
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { freePorts } from "../../../deploy/local/free-ports.ts"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"
import { describeOver } from "../../../deploy/local/servers.fixture.ts"
import { decode } from "../../../platform/log/codec.ts"
import { scratchFolder, smoke } from "../spawned.fixture.ts"
import { allRecords, ended, ready, type SpawnedCluster, spawnedCluster, withTopics } from "./spawned-cluster.fixture.ts"

const steps = 20
const scratch = scratchFolder()

const weightsOf = ({ lines }: { readonly lines: ReadonlyArray<string> }) =>
  /"weightsSha256":"(\w+)"/.exec(lines.at(-1) ?? "")?.[1]

const submit = ({ spawned }: SpawnedCluster, folder: string, steps: number) =>
  spawned(
    ...["submit", "--preset", "smoke", "--steps", String(steps), "--validation", "none"],
    ...["--follow", "--json", "--data-dir", join(scratch, folder)]
  )

/** How many events a worker has folded: one of two hosts the run's fold. */
const foldedBy = async (port: number): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/onefold_stage_events_total{[^}]*stage="apply"[^}]*} (\d+)/.exec(text)?.[1] ?? 0)
}

/** Sleeps past the session of a member, 10 s, and what a group waits for its members, 10 s more. */
const pastItsSession = () => new Promise<void>((resolve) => setTimeout(resolve, 24_000))

const onCluster = (kafka: LocalKafka): void => {
  it("given workers that sleep past their sessions while others take over, then every output is there once", async () => {
    const cluster = spawnedCluster(kafka, scratch)
    await withTopics(cluster)
    const alone = cluster.onefold(...smoke(join(scratch, "alone"), "--steps", String(steps), "--validation", "none"))
    const ports = await freePorts([0, 0])
    const folding = ports.map((port, i) =>
      cluster.worker(`apply-${i}`, "update", "--role", "apply", "--http", String(port))
    )
    const judging = [cluster.worker("verify-0", "verify"), cluster.worker("verify-1", "verify")]
    const others = [
      cluster.worker("generate", "generate", "--threads", "1"),
      cluster.worker("schedule", "update", "--role", "schedule"),
      cluster.worker("gradient", "update", "--role", "gradient", "--threads", "1"),
      cluster.worker("evaluate", "evaluate", "--threads", "1")
    ]
    const expected = weightsOf(await alone)
    assert.isString(expected)
    await ready(...others, ...folding, ...judging)
    const followed = submit(cluster, "followed", steps)
    await followed.until('"step":2,')

    const host = (await Promise.all(ports.map(foldedBy))).findIndex((events) => events > 0)
    assert.isAtLeast(host, 0, "one of the two folds")
    const zombies = [folding[host], judging[0]]
    for (const { child } of zombies) child.kill("SIGSTOP")
    await pastItsSession()
    assert.isAbove(await foldedBy(ports[1 - host]), 0, "the other folds meanwhile")
    for (const { child } of zombies) child.kill("SIGCONT")
    const end = await followed.ended
    assert.strictEqual(end.code, 0, end.stderr)
    assert.strictEqual(weightsOf(end), expected)

    // With the others gone, those that woke do all the work there is.
    await ended([folding[1 - host], judging[1]])
    const last = await submit(cluster, "last", 2).ended
    assert.strictEqual(last.code, 0, last.stderr)
    const left = await ended([...others, ...zombies])
    for (const { code, stderr } of left) assert.strictEqual(code, 0, stderr)

    const ids = await cluster
      .onLog(Effect.flatMap(allRecords, (records) => Effect.forEach(records, ({ value }) => decode(value))))
      .then((events) => events.map(({ eventId }) => eventId))
    const counted = Map.groupBy(ids, (id) => id)
    assert.deepStrictEqual(
      [...counted].filter(([, times]) => times.length > 1).map(([id]) => id),
      [],
      "ids that lie in the topics more than once"
    )
    const updates = [...counted.keys()].filter((id) => id.endsWith("/policy"))
    assert.lengthOf(updates, steps + 2)
  }, 300_000)
}

await describeOver("workers that sleep past their sessions", startKafka(), onCluster)
