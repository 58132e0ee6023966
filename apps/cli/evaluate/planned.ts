/**
 * What is asked of one model, resolved: its evaluation as a run with a name, its tests with their sheets. Everything that
 * can be refused is refused here, before anything is written.
 */
import { Effect } from "effect"
import type { ProtocolRequest } from "../../../learning/protocols/protocol.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import { benchmarkTests, isMiniatureBase, type MadeTest } from "../benchmark-tests.ts"
import { checkComputing } from "../computing.ts"
import { engineWorkers } from "../embedded.ts"
import { slotsFor } from "../slots.ts"
import {
  type EvaluationSettings,
  evaluationConfig,
  evaluationName,
  isSameEvaluation,
  largestTestCohort
} from "./evaluation-config.ts"
import { type Subject, subjectOf } from "./subject.ts"

export interface Asked extends EvaluationSettings {
  /** Names with commas between; null: the miniature's families for a miniature, MATH-500 for others. */
  readonly sets: string | null
  /** Null: avg@8 for a miniature, the paper's for others. */
  readonly protocol: string | null
  readonly overrides: ProtocolRequest["overrides"]
  /** The folder that has the sets; null: the hub. */
  readonly data: string | null
  readonly limit: number | null
  readonly shots: string | null
  readonly cacheBytes: number | null
  readonly dataDir: string
}

export interface Planned {
  readonly name: RunId
  /** Slots included where memory asks for them. */
  readonly config: RunConfig
  readonly subject: Subject
  readonly tests: ReadonlyArray<MadeTest>
  /** Whether a recorded configuration is of this evaluation. */
  readonly isOf: (recorded: RunConfig) => boolean
}

/**
 * Fails as subjectOf and benchmarkTests do, and with OptionOutOfRange, OptionsConflict or SettingsContradictory.
 *
 * @param model null: the miniature
 */
export const planEvaluation = Effect.fn("evaluate.plan")(function* (model: string | null, asked: Asked) {
  const { cacheBytes, computing, data: dataDir, limit, overrides, perFamily, shots, testSeed } = asked
  yield* checkComputing(computing, cacheBytes)
  const subject = yield* subjectOf(model, asked.dataDir)
  const { base } = subject
  const isMiniature = yield* isMiniatureBase(base)
  const tests = yield* benchmarkTests(
    {
      sets: asked.sets ?? (isMiniature ? "miniature" : "math500"),
      protocol: asked.protocol ?? (isMiniature ? "avg@8" : "paper"),
      ...{ overrides, dataDir, limit, testSeed, perFamily, shots },
      role: "test",
      at: "ends"
    },
    base
  )
  const settings = tests.map(({ test }) => test)
  const config = yield* evaluationConfig(subject, settings, isMiniature, asked)
  const size = yield* largestTestCohort(config, tests, base)
  const slots = config.slots ?? (yield* slotsFor(base.config, size, cacheBytes, engineWorkers))
  const planned: Planned = {
    name: evaluationName(config, subject),
    config: slots === null ? config : new RunConfig({ ...config, slots }),
    subject,
    tests,
    isOf: (recorded) => isSameEvaluation(recorded, config)
  }
  return planned
})

type Room = Pick<MadeTest, "test" | "rooms">

/** New tokens at most of one answer to each problem. */
const mostTokens = ({ rooms, test: { maxTokens } }: Room): number =>
  rooms.reduce((sum, room) => sum + Math.min(room, maxTokens), 0)

/** What a person should know of answers that the model has less room for than was asked; a sentence for each such test. */
export const roomNotes = (tests: ReadonlyArray<Room>): ReadonlyArray<string> =>
  tests.flatMap(({ rooms, test: { count, maxTokens, test } }) => {
    const short = rooms.filter((room) => room < maxTokens)
    if (short.length === 0) return []
    const least = short.reduce((a, b) => Math.min(a, b))
    return [
      `${test}: ${short.length} of ${count} prompts leave the model room for fewer than the ${maxTokens} new tokens that are asked for, ${least} at least; longer answers are cut off there`
    ]
  })

/** What `--dry-run` prints. */
export const planFields = ({ config, name, tests }: Planned) => {
  const sizes = tests.map(({ benchmark, rooms, test }) => ({
    ...{ test: test.test, title: benchmark.title, source: benchmark.source, sha256: benchmark.sha256 },
    problems: test.count,
    of: benchmark.total,
    answers: test.count * test.samples,
    tokens: test.samples * mostTokens({ rooms, test })
  }))
  return {
    type: "plan",
    run: name,
    tests: sizes,
    answers: sizes.reduce((sum, { answers }) => sum + answers, 0),
    /** New tokens at most. */
    tokens: sizes.reduce((sum, { tokens }) => sum + tokens, 0),
    notes: roomNotes(tests),
    config
  }
}
