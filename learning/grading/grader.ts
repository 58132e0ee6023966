/**
 * Grader: is this response right?
 *
 * A wrong answer is a verdict, and so is "unknown", where the grader gave up; grading itself does not fail.
 * A verdict depends on the response and the reference alone: not on the batch, its order or the machine's speed.
 */
import { Context, Effect, Layer } from "effect"
import { grade } from "./grade.ts"
import type { Grade, Submission } from "./submission.ts"
import { workerGrading } from "./worker-grading.ts"

export type { Grade, Submission } from "./submission.ts"

export class Grader extends Context.Service<
  Grader,
  {
    /** One grade for each submission, in their order. */
    readonly grade: (batch: ReadonlyArray<Submission>) => Effect.Effect<ReadonlyArray<Grade>>
  }
>()("onefold/learning/grading/Grader") {
  /** Grades on the calling thread, with no backstop: for tests and for texts of one's own. */
  static readonly layerInline: Layer.Layer<Grader> = Layer.succeed(Grader, {
    grade: (batch) => Effect.sync(() => batch.map(grade))
  })

  /** Grades in a worker thread that is ended and replaced when a response exhausts its time or memory. */
  static readonly layer: Layer.Layer<Grader> = Layer.effect(
    Grader,
    Effect.map(workerGrading(new URL("./grading-worker.ts", import.meta.url)), (grade) => ({ grade }))
  )
}
