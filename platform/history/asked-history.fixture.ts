/**
 * A history of two fabricated runs to ask: one whose trainer disagrees a little with its sampler and whose answers now and
 * then reflect, and one with a critic and several updates a batch; and of one as a sweep has it, whose base another run has
 * tried.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { EvaluationCompleted } from "../../schemas/evaluation-completed.ts"
import { GradientComputed } from "../../schemas/gradient-computed.ts"
import { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { RunStarted } from "../../schemas/run-started.ts"
import { evaluationOf, startOf } from "./fabricated/life.ts"
import { recordsOf } from "./fabricated/log.ts"
import { type Shape, vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import type { NamedQuestion } from "./named-question.ts"
import { boundParameters, namedQuestions } from "./named-questions.ts"
import { Projector } from "./projector.ts"
import { readerOf } from "./query.ts"
import { openStore } from "./store.ts"

const shape: Shape = { runId: "run-1", steps: 4, samples: 24, shards: 2, cohorts: 2, longest: 12 }
const otherShape: Shape = { ...shape, runId: "run-2", updatesPerBatch: 2, critic: true }

/** Every fifth answer reflects; training sees other log-probs than sampling did, more so in later steps. */
const altered = (event: OnefoldEvent): OnefoldEvent => {
  if (event._tag === "RolloutGenerated" && event.sampleIndex % 5 === event.step)
    return new RolloutGenerated({ ...event, text: `${event.text} I ReCheck\u001b[31m<script>` })
  if (event._tag === "GradientComputed")
    return new GradientComputed({ ...event, logProbs: event.logProbs.map((p, i) => p - 0.01 * (event.step + (i % 2))) })
  return event
}

const sweptShape: Shape = { ...shape, runId: "swept-1" }
const baseShape: Shape = { ...shape, runId: "swept-base", steps: 0 }

/** It does not try its base itself; its configuration names who has. */
const swept = fabricatedRun(sweptShape).flatMap((event): ReadonlyArray<OnefoldEvent> => {
  if (event._tag === "RunStarted")
    return [new RunStarted({ ...event, config: JSON.stringify({ evaluation: { baseRun: baseShape.runId } }) })]
  return event._tag.startsWith("Evaluation") && "step" in event && event.step === 0 ? [] : [event]
})

/** Worse at the held-out problems than what is trained from it; and it has sat an example of its own. */
const sweptBase = [startOf(baseShape), ...evaluationOf(baseShape.runId, 0)].flatMap(
  (event): ReadonlyArray<OnefoldEvent> => {
    if (event._tag !== "EvaluationCompleted") return [event]
    const results = event.results.map((result) => ({ ...result, accuracy: 0.25 }))
    return ["avg@2", "train@2"].map((protocol) => new EvaluationCompleted({ ...event, protocol, results }))
  }
)

export const runId = shape.runId
export const otherId = otherShape.runId
export const sweptId = sweptShape.runId
/** The first run, event by event. */
export const events = fabricatedRun(shape).map(altered)
export const records = recordsOf(events)

const Rows = Schema.Array(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

/** What a question needs beside its run. */
export const beside = ({ parameters }: NamedQuestion): ReadonlyArray<readonly [string, string]> =>
  parameters.some(({ name }) => name === "other") ? [["other", otherId]] : []

export const openHistory = () => {
  const folder = mkdtempSync(join(tmpdir(), "onefold-asked-"))
  const store = openStore(folder)
  const projector = new Projector(store)
  for (const [run, own] of [
    [runId, records],
    [otherId, recordsOf(fabricatedRun(otherShape))],
    [sweptId, recordsOf(swept)],
    [baseShape.runId, recordsOf(sweptBase)]
  ] as const) {
    projector.begin({ runId: run, vocabulary })
    projector.take(run, own)
  }
  projector.flush()
  const reader = readerOf(store.connect)

  /** The lines of an answer, one JSON object each. */
  const linesOf = async (name: string, given: Readonly<Record<string, string>> = {}): Promise<string> => {
    const question = namedQuestions().find((each) => each.name === name)
    if (question === undefined) throw new Error(`there is no question ${name}`)
    const texts = new Map([["run", runId], ...beside(question), ...Object.entries(given)])
    const parameters = await Effect.runPromise(boundParameters(question, texts))
    const bytes = await reader.answer({ sql: question.sql, format: "json", parameters })
    return Buffer.from(bytes).toString("utf8")
  }
  const rowsIn = (lines: string) => Schema.decodeUnknownSync(Rows)(lines.split("\n").filter(Boolean))
  return {
    linesOf,
    /** The rows of any statement. */
    ask: async (sql: string) => rowsIn(await reader.ask(sql, "json")),
    rowsOf: async (name: string, given: Readonly<Record<string, string>> = {}) => rowsIn(await linesOf(name, given)),
    close: async () => {
      await reader.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
