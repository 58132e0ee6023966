import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Logger } from "effect"
import { sequence } from "../random/sequence.ts"
import { grade, textLimit } from "./grade.ts"
import { Grader } from "./grader.ts"
import type { Grade, Submission } from "./submission.ts"
import { workerGrading } from "./worker-grading.ts"

const texts = ["\\boxed{39}", "\\boxed{39.0}", "\\boxed{38}", "so 39.", "\\boxed{39", "\\boxed{}", "\\boxed{78/2}"]

const submissions = (of: ReadonlyArray<string>): ReadonlyArray<Submission> =>
  of.map((text, index) => ({ id: `rollout ${index}`, text, reference: "39" }))

const sides = (answer: string) => ({ answer, reference: "39" })

describe("grade", () => {
  it.each([
    ["\\boxed{39}", { extracted: "39", verdict: "correct", rule: "string", compared: sides("39") }],
    ["\\boxed{078/2}", { extracted: "078/2", verdict: "correct", rule: "fraction", compared: sides("078/2") }],
    ["\\boxed{38} \\boxed{39 }", { extracted: "39 ", verdict: "correct", rule: "string", compared: sides("39") }],
    ["\\boxed{39} \\boxed{38}", { extracted: "38", verdict: "incorrect", rule: "different", compared: sides("38") }],
    ["so 39.", { extracted: null, verdict: "no-answer", rule: "no box" }],
    ["\\boxed{39", { extracted: null, verdict: "no-answer", rule: "no box" }]
  ] as const)("given %j for 39, then %j", (text, expected) => {
    assert.deepStrictEqual(grade({ id: "a", text, reference: "39" }), expected)
  })

  it("given a text beyond the limit, then it is not looked at and says so", () => {
    const at = (length: number) => grade({ id: "a", text: "\\boxed{39}".padStart(length, "x"), reference: "39" })
    assert.strictEqual(at(textLimit).verdict, "correct")
    const rule = "gave up: longer than 4000000 characters"
    assert.deepStrictEqual(at(textLimit + 1), { extracted: null, verdict: "unknown", rule })
  })
})

for (const [name, layer] of [
  ["on the calling thread", Grader.layerInline],
  ["in a worker", Grader.layer]
] as const) {
  describe(`Grader ${name}`, () => {
    it.layer(layer)((it) => {
      it.effect("given a batch, then each grade stands in its submission's place", () =>
        Effect.gen(function* () {
          const grader = yield* Grader
          const verdicts = (yield* grader.grade(submissions(texts))).map(({ verdict }) => verdict)
          const expected = ["correct", "correct", "incorrect", "no-answer", "no-answer", "incorrect", "correct"]
          assert.deepStrictEqual(verdicts, expected)
        })
      )

      it.effect("given an empty batch, then no grades", () =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* (yield* Grader).grade([]), [])
        })
      )

      it.effect("given batches at the same time, then each gets its own grades", () =>
        Effect.gen(function* () {
          const grader = yield* Grader
          const batches = texts.map((text) => submissions([text, "\\boxed{39}", text]))
          const graded = yield* Effect.forEach(batches, grader.grade, { concurrency: "unbounded" })
          assert.deepStrictEqual(
            graded,
            batches.map((batch) => batch.map(grade))
          )
        })
      )

      it.effect("given any order and any cut into batches, then every verdict stays the same", () =>
        Effect.gen(function* () {
          const grader = yield* Grader
          const random = sequence(1, 1)
          for (let trial = 0; trial < 20; trial++) {
            const batch = submissions(Array.from({ length: random.between(1, 40) }, () => random.choice(texts)))
            assert.deepStrictEqual(yield* grader.grade(batch), batch.map(grade))
          }
        })
      )
    })
  })
}

const hostile = Layer.effect(
  Grader,
  Effect.map(workerGrading(new URL("./hostile-grading-worker.ts", import.meta.url)), (grade) => ({ grade }))
).pipe(Layer.provideMerge(Logger.layer([]))) // its warnings would fill the screen

const gaveUp = (why: string): Grade => ({ extracted: null, verdict: "unknown", rule: `gave up: ${why}` })

/** What each hurtful text comes to; the others get their ordinary grade. */
const fates: Readonly<Record<string, Grade>> = {
  spin: gaveUp("time"),
  exhaust: gaveUp("memory"),
  throw: gaveUp("crash"),
  exit: gaveUp("crash")
}

/** On a machine with much else to do the second passes before the memory is full. */
const told = (batch: ReadonlyArray<Submission>, grades: ReadonlyArray<Grade>) =>
  grades.map((given, i) => {
    const isLate = batch[i].text === "exhaust" && given.rule === fates.spin.rule
    return isLate ? fates.exhaust : given
  })

const expected = (batch: ReadonlyArray<Submission>) =>
  batch.map((submission) => fates[submission.text] ?? grade(submission))

describe("a grading thread that texts can hurt", () => {
  // The real clock: the backstop has to pass.
  it.layer(hostile, { excludeTestServices: true })((it) => {
    for (const text of Object.keys(fates)) {
      it.effect(`given a response that makes it ${text}, then that one is unknown and its neighbours are graded`, () =>
        Effect.gen(function* () {
          const batch = submissions(["\\boxed{39}", "\\boxed{1}", text, "\\boxed{39.0}", "no box"])
          assert.deepStrictEqual(told(batch, yield* (yield* Grader).grade(batch)), expected(batch))
        })
      )
    }

    it.effect("given responses that only together exhaust the memory, then each is graded", () =>
      Effect.gen(function* () {
        const batch = submissions(["hoard", "hoard", "hoard", "\\boxed{39}"])
        assert.deepStrictEqual(told(batch, yield* (yield* Grader).grade(batch)), expected(batch))
      })
    )

    it.effect("given hurtful responses in any order, then every verdict is what it is alone", () =>
      Effect.gen(function* () {
        const grader = yield* Grader
        const random = sequence(2, 1)
        for (let trial = 0; trial < 2; trial++) {
          const batch = submissions(
            Array.from({ length: 8 }, () => random.choice(["throw", "exit", "hoard", "exhaust", ...texts]))
          )
          assert.deepStrictEqual(told(batch, yield* grader.grade(batch)), expected(batch))
        }
      })
    )

    it.effect("given a batch that is interrupted, then the next one gets its own grades", () =>
      Effect.gen(function* () {
        const grader = yield* Grader
        const begun = yield* Effect.forkChild(grader.grade(submissions(["\\boxed{1}", "spin"])))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(begun)
        const batch = submissions(texts)
        assert.deepStrictEqual(told(batch, yield* grader.grade(batch)), expected(batch))
      })
    )
  })

  it.live("given a program that cannot start, then grading dies and names it", () =>
    Effect.gen(function* () {
      const grade = yield* workerGrading(new URL("./no-such-worker.ts", import.meta.url))
      const exit = yield* Effect.exit(grade(submissions(["\\boxed{39}"])))
      assert.isTrue(Exit.isFailure(exit) && /no-such-worker\.ts cannot start/.test(Cause.pretty(exit.cause)))
    })
  )
})
