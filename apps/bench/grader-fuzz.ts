/**
 * `npm run bench -- grader-fuzz [COUNT] [SEED]`: hostile answers, each graded on this thread by the rules alone, with no
 * clock to save them. Ends with code 1 where one took more than 1.5 s or raised an error; names it by its number.
 */
import { grade } from "../../learning/grading/grade.ts"
import { hostileSubmission } from "../../learning/grading/hostile-answers.ts"
import { sequence } from "../../learning/random/sequence.ts"

const count = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? 1)
const limit = 1500

const verdicts = { correct: 0, incorrect: 0, "no-answer": 0, unknown: 0 }
let slowest = { id: "none", milliseconds: 0 }
let failures = 0

for (let number = 0; number < count; number++) {
  const submission = hostileSubmission(sequence(seed, number), `${number}`)
  const from = performance.now()
  try {
    verdicts[grade(submission).verdict] += 1
  } catch (error) {
    failures += 1
    process.stderr.write(`${number} (${submission.mode}): ${error}\n`)
  }
  const milliseconds = performance.now() - from
  if (milliseconds > slowest.milliseconds) slowest = { id: `${number} (${submission.mode})`, milliseconds }
  if (milliseconds > limit) {
    failures += 1
    process.stderr.write(`${number} (${submission.mode}) took ${milliseconds.toFixed(0)} ms\n`)
  }
}

const { system, user } = process.cpuUsage()
process.stdout.write(
  `${JSON.stringify({ count, seed, verdicts, slowest, failures, cpuSeconds: (user + system) / 1e6 })}\n`
)
if (failures > 0) process.exitCode = 1
