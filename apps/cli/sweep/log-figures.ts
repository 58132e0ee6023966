/**
 * The figures of a sweep's runs from the log's own events, for where no history has them: of a cluster, whose history is
 * another worker's, and maybe nobody's. The same as the SQL of queries.ts gives.
 */
import { Effect, Schema, Stream } from "effect"
import { runOf } from "../../../platform/log/codec.ts"
import { EventLog, type LogRecord } from "../../../platform/log/event-log.ts"
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import type { RunId } from "../../../schemas/ids.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { eventOf } from "../record.ts"
import { saturatedReward, saturationSteps } from "./queries.ts"
import type { Pairs, Swept } from "./ranking.ts"

/** What of a configuration the figures name. */
const Named = Schema.fromJsonString(
  Schema.Struct({
    seed: Schema.Int,
    prompts: Schema.NonEmptyArray(Schema.Struct({ promptId: Schema.String })),
    evaluation: Schema.Struct({ baseRun: Schema.optionalKey(Schema.String) })
  })
)

interface Update {
  readonly step: number
  readonly reward: number
  readonly zeroSignalGroups: number
}

/** A run as far as its figures need it. */
class Told {
  started: RunStarted | null = null
  finished: { readonly steps: number; readonly policy: string } | null = null
  readonly updates: Array<Update> = []
  /** Whether each problem was answered rightly by greedy choice, by step. */
  readonly greedy = new Map<number, Map<string, boolean>>()
  tokens = 0
  /** When what was recorded, in milliseconds, and whether a sitting began with it. */
  readonly moments: Array<{ readonly at: number; readonly begins: boolean }> = []
  readonly #seen = new Set<string>()

  /** The first record of an id counts. */
  take(event: OnefoldEvent, at: number): void {
    if (this.#seen.has(event.eventId)) return
    this.#seen.add(event.eventId)
    if (event._tag === "EvaluationSampled") {
      this.tokens += event.tokens.length
      if (event.protocol !== "greedy") return
      const answers = this.greedy.get(event.step) ?? new Map<string, boolean>()
      this.greedy.set(event.step, answers.set(event.problemId, event.verdict === "correct"))
      return
    }
    this.moments.push({ at, begins: event._tag === "RunStarted" || event._tag === "RunResumed" })
    if (event._tag === "RunStarted") this.started = event
    if (event._tag === "RunFinished") this.finished = { steps: event.steps, policy: event.policyHash }
    if (event._tag !== "PolicyUpdated") return
    const { rewardMean: reward, tokens, zeroSignalGroups } = event.metrics
    this.updates.push({ step: event.step, reward, zeroSignalGroups })
    this.tokens += tokens
  }
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The first step from which the mean reward of some steps is high. */
const saturationOf = (updates: ReadonlyArray<Update>): number | null => {
  const found = updates.find((_, i) => {
    const following = updates.slice(i, i + saturationSteps)
    return following.length === saturationSteps && mean(following.map(({ reward }) => reward)) >= saturatedReward
  })
  return found?.step ?? null
}

/** The time since what was recorded before, unless a sitting began there. */
const secondsOf = ({ moments }: Told): number => {
  const inOrder = moments.toSorted((a, b) => a.at - b.at || Number(b.begins) - Number(a.begins))
  const millis = inOrder.map(({ at, begins }, i) => (begins || i === 0 ? 0 : at - inOrder[i - 1].at))
  return millis.reduce((sum, each) => sum + each, 0) / 1000
}

const pairsOf = (before: ReadonlyMap<string, boolean>, after: ReadonlyMap<string, boolean>): Pairs => {
  const pairs = [...after].flatMap(([problem, isRight]) => {
    const wasRight = before.get(problem)
    return wasRight === undefined ? [] : [{ wasRight, isRight }]
  })
  const count = (is: (pair: (typeof pairs)[number]) => boolean) => pairs.filter(is).length
  return {
    problems: pairs.length,
    before: count(({ wasRight }) => wasRight),
    after: count(({ isRight }) => isRight),
    won: count(({ isRight, wasRight }) => isRight && !wasRight),
    lost: count(({ isRight, wasRight }) => wasRight && !isRight)
  }
}

const sweptOf = Effect.fn("sweep.swept")(function* (run: RunId, told: ReadonlyMap<string, Told>) {
  const own = told.get(run)
  if (own === undefined || own.started === null || own.finished === null) return []
  const { evaluation, prompts, seed } = yield* Schema.decodeUnknownEffect(Named)(own.started.config)
  const before = told.get(evaluation.baseRun ?? "")?.greedy.get(0)
  const after = own.greedy.get(own.finished.steps)
  const updates = own.updates.toSorted((a, b) => a.step - b.step)
  if (before === undefined || after === undefined || updates.length === 0) return []
  const swept: Swept = {
    ...{ run, example: prompts[0].promptId, seed, policy: own.finished.policy },
    ...pairsOf(before, after),
    saturation: saturationOf(updates),
    zeroSignalGroups: mean(updates.map(({ zeroSignalGroups }) => zeroSignalGroups)),
    tokens: own.tokens,
    seconds: secondsOf(own)
  }
  return [swept]
})

/** Of what topic `runs` holds, what a history has rows of in the tables that time is taken from. */
const isOfStory = ({ _tag }: OnefoldEvent): boolean => _tag !== "CriticUpdated"

/**
 * What the log says of those of these runs that are finished, in the order given.
 *
 * @param base the run that evaluated the base
 */
export const loggedFiguresOf = Effect.fn("sweep.loggedFigures")(function* (runs: ReadonlyArray<RunId>, base: RunId) {
  const log = yield* EventLog
  const told = new Map<string, Told>([base, ...runs].map((run) => [run, new Told()]))
  const hear = (record: LogRecord) =>
    Effect.map(eventOf(record), (event) => {
      if (isOfStory(event)) told.get(event.runId)?.take(event, record.timestamp)
    })
  const isOurs = ({ value }: LogRecord): boolean => told.has(runOf(value) ?? "")
  for (const topic of ["runs", "evaluations.sampled"])
    for (const partition of (yield* log.endOffsets(topic)).keys())
      yield* log.read(topic, partition, 0).pipe(Stream.filter(isOurs), Stream.runForEach(hear))
  return (yield* Effect.forEach(runs, (run) => sweptOf(run, told))).flat()
})
