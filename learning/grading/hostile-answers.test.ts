/**
 * What nobody would write: every answer ends, with a verdict or a grader that gave up, and always the same.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { sequence } from "../random/sequence.ts"
import { grade } from "./grade.ts"
import { Grader } from "./grader.ts"
import { hostileSubmission } from "./hostile-answers.ts"
import { pathological } from "./labelled-pairs.ts"
import { gradingModes } from "./modes.ts"
import type { Grade, Submission } from "./submission.ts"

const limit = 1500

const timed = (submission: Submission): readonly [Grade, number] => {
  const from = performance.now()
  return [grade(submission), performance.now() - from]
}

const pairs = pathological()
const title = (sentence: string): string =>
  pairs === null ? `${sentence} (skipped: the pathological pairs are not here)` : sentence

describe("hostile answers", () => {
  it("given three thousand made-up ones, then each ends in time with no clock's help", () => {
    for (let number = 0; number < 3000; number++) {
      const submission = hostileSubmission(sequence(7, number), `${number}`)
      const [{ verdict }, milliseconds] = timed(submission)
      assert.include(["correct", "incorrect", "no-answer", "unknown"], verdict)
      assert.isBelow(milliseconds, limit, `${number}`)
    }
  })

  it.skipIf(pairs === null)(title("given the pathological pairs, then each ends in time by every mode"), () => {
    for (const { completion, gold, id } of pairs ?? [])
      for (const mode of gradingModes)
        for (const where of ["box", "anywhere"] as const) {
          const [, milliseconds] = timed({ id, text: completion, reference: gold, mode, where })
          assert.isBelow(milliseconds, limit, `${id} by ${mode}`)
        }
  })

  it.layer(Grader.layer)((it) => {
    it.effect(
      "given them in any order and any batches, in a worker or not, then every verdict is what it is alone",
      () =>
        Effect.gen(function* () {
          const grader = yield* Grader
          const random = sequence(11, 1)
          const submissions = Array.from({ length: 400 }, (_, number) =>
            hostileSubmission(sequence(13, number), `${number}`)
          )
          const alone = new Map(submissions.map((submission) => [submission.id, grade(submission)]))
          for (let trial = 0; trial < 3; trial++) {
            const left = [...submissions]
            while (left.length > 0) {
              const batch = Array.from({ length: Math.min(left.length, random.between(1, 60)) }, () => {
                const [one] = left.splice(random.below(left.length), 1)
                return one
              })
              const grades = yield* grader.grade(batch)
              for (const [at, { id }] of batch.entries()) assert.deepStrictEqual(grades[at], alone.get(id), id)
            }
          }
        })
    )
  })
})
