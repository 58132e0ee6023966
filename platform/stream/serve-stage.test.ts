import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { EventLog } from "../log/event-log.ts"
import { layerMemory } from "../log/memory.ts"
import { eventually, isUpToDate, serveUntil, withLostCommit } from "./cut.fixture.ts"
import { draftOf } from "./deliver.ts"
import { runId } from "./events.fixture.ts"
import { grade, rollouts } from "./grade-stage.fixture.ts"
import { append, emptyLog, eventsIn, visible } from "./log.fixture.ts"
import { groupOf, type Serving, serveStage, topicsOf } from "./serve.ts"

const serving: Serving = { runId, from: [] }

/** Serves until all that lies in the log is handled. */
const serveGrade = (stage = grade) =>
  Effect.raceFirst(
    serveStage(stage, serving),
    eventually(isUpToDate(groupOf(stage.name, serving), topicsOf(stage.consumes)))
  )

describe("serveStage", () => {
  it.effect("given rollouts, then each is graded once and names its cause", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(rollouts)
      yield* serveGrade()
      const grades = yield* eventsIn("rollouts.graded")
      assert.lengthOf(grades, rollouts.length)
      const left = new Set(rollouts.map(({ eventId }) => eventId))
      for (const { causes } of grades.filter((event) => event._tag === "RolloutGraded"))
        assert.isTrue(left.delete(causes[0].id))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given every record twice, then each is handled once", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append([...rollouts, ...rollouts])
      yield* serveGrade()
      assert.lengthOf(yield* eventsIn("rollouts.graded"), rollouts.length)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given more than it takes at once, then no batch is larger", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(rollouts)
      const sizes: Array<number> = []
      const watching: typeof grade = {
        ...grade,
        handle: (deliveries) => {
          sizes.push(deliveries.length)
          return grade.handle(deliveries)
        }
      }
      yield* serveGrade(watching)
      assert.strictEqual(Math.max(...sizes), grade.maxBatch)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect.each(rollouts.map((_, i) => i + 1))(
    "given a kill at batch %d, then outputs and offset are both there or both not, and a new start makes it good",
    (at) =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* append(rollouts)
        yield* serveUntil({ at, othersGoOn: true }, serveGrade())
        const log = yield* EventLog
        const handled = (yield* log.committed(groupOf(grade.name, serving), "rollouts.generated")).reduce(
          (sum: number, offset) => sum + (offset ?? 0),
          0
        )
        assert.lengthOf(yield* eventsIn("rollouts.graded"), handled)
        yield* serveGrade()
        const ids = (yield* eventsIn("rollouts.graded")).map(({ eventId }) => eventId)
        assert.sameMembers(
          ids,
          rollouts.map(({ promptId, sampleIndex }) => `${runId}/0/grade/${promptId}/${sampleIndex}`),
          "each once"
        )
      }).pipe(Effect.provide(layerMemory))
  )

  it.effect.each(rollouts.map((_, i) => i + 1))(
    "given a commit that fails at batch %d, then the batch that comes again is handled, not taken for a repeat",
    (at) =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* append(rollouts)
        yield* withLostCommit(at, serveGrade())
        assert.lengthOf(yield* eventsIn("rollouts.graded"), rollouts.length)
      }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given a stage that fails, then serving fails with its error and the batch leaves nothing", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(rollouts)
      const failing = { ...grade, handle: () => Effect.fail("no" as const) }
      assert.strictEqual(yield* Effect.flip(serveStage(failing, serving)), "no")
      assert.deepStrictEqual(yield* eventsIn("rollouts.graded"), [])
      assert.isFalse(yield* isUpToDate(groupOf(grade.name, serving), topicsOf(grade.consumes)))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given a record that cannot be read, then it becomes a dead letter in one act with the offset", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const log = yield* EventLog
      const [first] = rollouts
      const draft = draftOf(first)
      yield* log.append([{ ...draft, value: draft.value.slice(0, 40) }, draft])
      for (const name of ["grade", "another"]) yield* serveGrade({ ...grade, name })
      const letters = yield* eventsIn("dead-letters")
      assert.lengthOf(letters, 2)
      assert.lengthOf(visible(letters), 1, "every stage that meets it writes the same id")
      assert.deepInclude(letters[0], { runId, topic: "rollouts.generated", offset: 0 })
      assert.deepStrictEqual(
        visible(yield* eventsIn("rollouts.graded")).map(({ eventId }) => eventId),
        [`${runId}/0/grade/${first.promptId}/0`],
        "and the record behind it is handled"
      )
    }).pipe(Effect.provide(layerMemory))
  )
})
