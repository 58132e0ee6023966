/**
 * Who is told what, where: progress for a person on stderr, one JSON object a line for a program on stdout.
 */
import { Effect } from "effect"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { chosenText } from "./report/chosen.ts"
import { curveDrawing } from "./report/curve.ts"
import { cleared, initialProgress, linesEveryFor, type ProgressEvent, progress } from "./report/progress.ts"
import { resultLine } from "./report/result.ts"
import { sampleAnswers } from "./report/samples.ts"
import type { RunSummary } from "./report/summary.ts"
import { resultTable } from "./report/table.ts"
import type { Terminal } from "./report/terminal.ts"

export interface Reporter {
  /** A run begins or goes on: its name, the updates it has, the updates it will have. */
  readonly begins: (runId: string, step: number, steps: number, atMillis: number) => Effect.Effect<void>
  readonly event: (event: OnefoldEvent, steps: number, atMillis: number) => Effect.Effect<void>
  /** Answers came in, each to a test, in this sitting or `before` it; where left out, nobody counts them. */
  readonly answered?: (tests: ReadonlyArray<string>, before: boolean, atMillis: number) => Effect.Effect<void>
  readonly stopping: (step: number, steps: number, atMillis: number) => Effect.Effect<void>
  /** A sentence for the person. */
  readonly note: (text: string) => Effect.Effect<void>
  readonly result: (summary: RunSummary, reportPath: string | null) => Effect.Effect<void>
}

/** The terminal behind a stream, as far as the environment tells. */
export const terminalOf = (stream: NodeJS.WriteStream): Terminal => {
  const { env } = process
  return {
    // 0 where a terminal does not know.
    width: stream.columns || 100,
    color: stream.isTTY && env.NO_COLOR === undefined && env.TERM !== "dumb",
    unicode: /utf-?8/i.test(env.LC_ALL ?? env.LC_CTYPE ?? env.LANG ?? "utf-8")
  }
}

const write = (stream: NodeJS.WriteStream, text: string) =>
  Effect.sync(() => {
    if (text !== "") stream.write(text)
  })

const line = (fields: Readonly<Record<string, unknown>>) => write(process.stdout, `${JSON.stringify(fields)}\n`)

/** What an event is to somebody who watches. */
const tellingOf = (event: OnefoldEvent, steps: number, atMillis: number): ProgressEvent | null => {
  if (event._tag === "PolicyUpdated") {
    const { rewardMean, tokens } = event.metrics
    return { kind: "step", step: event.step, steps, reward: rewardMean, tokens, atMillis }
  }
  if (event._tag === "EvaluationCompleted" && event.protocol === "greedy")
    return { kind: "evaluated", step: event.step, steps, heldOut: event.results[0].accuracy, atMillis }
  return null
}

/** What an event is to a program: documented in docs/cli.md. */
export const fieldsOf = (event: OnefoldEvent): Readonly<Record<string, unknown>> | null => {
  if (event._tag === "PolicyUpdated")
    return { type: "step", run: event.runId, step: event.step, policy: event.policyHash, ...event.metrics }
  if (event._tag === "EvaluationCompleted") {
    const { policyHash, protocol, results, runId, step } = event
    return { type: "evaluation", run: runId, step, protocol, policy: policyHash, results }
  }
  return null
}

export const reporter = (options: { readonly json: boolean }): Reporter => {
  const err = process.stderr
  const terminal = terminalOf(err)
  const live = err.isTTY === true
  let shown = initialProgress
  const show = (event: ProgressEvent) =>
    Effect.suspend(() => {
      const next = progress({ live, terminal, linesEvery: linesEveryFor(event.steps) }, shown, event)
      shown = next.state
      return write(err, next.text)
    })
  const note = (text: string) =>
    Effect.suspend(() => {
      const next = cleared(shown)
      shown = next.state
      return write(err, `${next.text}${text}\n`)
    })
  const jsonOnly = (fields: Readonly<Record<string, unknown>>) => (options.json ? line(fields) : Effect.void)

  return {
    begins: (runId, step, steps, atMillis) =>
      jsonOnly({ type: "run", run: runId, step, steps }).pipe(
        Effect.andThen(note(step === 0 ? `run ${runId}` : `run ${runId} goes on after step ${step}`)),
        Effect.andThen(show({ kind: "started", step, steps, atMillis }))
      ),
    event: (event, steps, atMillis) => {
      const telling = tellingOf(event, steps, atMillis)
      const fields = fieldsOf(event)
      return (fields === null ? Effect.void : jsonOnly(fields)).pipe(
        Effect.andThen(telling === null ? Effect.void : show(telling))
      )
    },
    stopping: (step, steps, atMillis) => show({ kind: "stopping", step, steps, atMillis }),
    note,
    result: (summary, reportPath) => {
      if (options.json) return write(process.stdout, `${resultLine(summary)}\n`)
      const out = terminalOf(process.stdout)
      const parts = [resultTable(summary, out), curveDrawing(summary, out), sampleAnswers(summary, out)]
      const chosen = chosenText(summary)
      const after = [
        chosen === null ? null : `chosen   ${chosen}`,
        reportPath === null ? null : `report   ${reportPath}`,
        `weights  sha256 ${summary.weightsSha256}`,
        `next     onefold show ${summary.runId} · onefold sql "SELECT …" · onefold export ${summary.runId} DIR`
      ].filter((each) => each !== null)
      return note("").pipe(Effect.andThen(write(process.stdout, `${[...parts, after.join("\n")].join("\n\n")}\n`)))
    }
  }
}
