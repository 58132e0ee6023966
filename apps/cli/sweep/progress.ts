/**
 * The live table of a sweep: what happened to its runs becomes what stderr shows. Pure; the caller has the clock.
 *
 * On a terminal a line for each run that goes on, under one that counts, all written over; else plain lines.
 */
import { clipped } from "../report/columns.ts"
import { share, signed } from "../report/figures.ts"
import { duration } from "../report/progress.ts"
import type { Terminal } from "../report/terminal.ts"

/**
 * Something to tell of one run of a sweep.
 *
 *   began      it starts, or goes on after `step`
 *   step       an update was applied
 *   evaluated  the policy after `step` sat the held-out problems
 *   ended      it is finished
 *   left       it is paused, or has failed
 */
export type SweepEvent =
  | { readonly kind: "began"; readonly run: string; readonly step: number; readonly steps: number }
  | { readonly kind: "step"; readonly run: string; readonly step: number; readonly reward: number }
  | { readonly kind: "evaluated"; readonly run: string; readonly step: number; readonly heldOut: number }
  | { readonly kind: "ended" | "left"; readonly run: string }

interface Going {
  readonly step: number
  readonly steps: number
  readonly reward: number | null
  readonly heldOut: number | null
}

export interface SweepState {
  /** Runs of the whole sweep, and those of them that are finished. */
  readonly runs: number
  readonly finished: number
  /** Of those, the ones that this process finished: what time left is taken from. */
  readonly finishedHere: number
  readonly startedMillis: number
  readonly going: ReadonlyMap<string, Going>
  /** Lines of the live table that stand there now. */
  readonly standing: number
}

export const initialSweep = (runs: number, finished: number, startedMillis: number): SweepState => ({
  ...{ runs, finished, startedMillis, finishedHere: 0 },
  going: new Map(),
  standing: 0
})

const withRun = (state: SweepState, run: string, change: Partial<Going>): SweepState => {
  const known = state.going.get(run) ?? { step: 0, steps: 0, reward: null, heldOut: null }
  return { ...state, going: new Map(state.going).set(run, { ...known, ...change }) }
}

const withoutRun = (state: SweepState, run: string): SweepState => {
  const going = new Map(state.going)
  going.delete(run)
  return { ...state, going }
}

const told = (state: SweepState, event: SweepEvent): SweepState => {
  switch (event.kind) {
    case "began":
      return withRun(state, event.run, { step: event.step, steps: event.steps })
    case "step":
      return withRun(state, event.run, { step: event.step, reward: event.reward })
    case "evaluated":
      return withRun(state, event.run, { heldOut: event.heldOut })
    case "ended": {
      const { finished, finishedHere } = state
      return { ...withoutRun(state, event.run), finished: finished + 1, finishedHere: finishedHere + 1 }
    }
    case "left":
      return withoutRun(state, event.run)
  }
}

const counted = ({ finished, going, runs }: SweepState): string =>
  `${finished}/${runs} finished  ${going.size} running  ${runs - finished - going.size} to come`

const timeLeft = ({ finished, finishedHere, runs, startedMillis }: SweepState, atMillis: number): string =>
  finishedHere === 0 || finished === runs
    ? ""
    : `  ${duration(((atMillis - startedMillis) / finishedHere) * (runs - finished))} left`

const factsOf = ({ heldOut, reward, step, steps }: Going): string =>
  [
    `step ${String(step).padStart(String(steps).length)}/${steps}`,
    ...(reward === null ? [] : [`reward ${share(reward)}`]),
    ...(heldOut === null ? [] : [`held-out ${share(heldOut)}`])
  ].join("  ")

/** Goes up to the table's first line and clears from there on. */
const wiped = (lines: number): string => (lines === 0 ? "" : `\u001b[${lines}A\r\u001b[J`)

const table = (state: SweepState, terminal: Terminal, atMillis: number): ReadonlyArray<string> =>
  [
    counted(state) + timeLeft(state, atMillis),
    ...[...state.going].map(([run, going]) => `  ${run}  ${factsOf(going)}`)
  ].map((line) => clipped(line, terminal.width - 1))

const plainLine = (before: SweepState, state: SweepState, event: SweepEvent): string => {
  const { run } = event
  switch (event.kind) {
    case "began":
      return event.step === 0 ? `${run}  started\n` : `${run}  goes on after step ${event.step}\n`
    case "step":
      return ""
    case "evaluated":
      return `${run}  step ${event.step}/${state.going.get(run)?.steps ?? 0}  held-out ${share(event.heldOut)}\n`
    case "ended":
      return `${run}  finished  ${counted(state)}\n`
    case "left":
      return `${run}  left at step ${before.going.get(run)?.step ?? 0}\n`
  }
}

export interface SweepForm {
  readonly live: boolean
  readonly terminal: Terminal
}

/** What is to be written to stderr as it stands, and the state to go on with. */
export const sweepProgress = (
  { live, terminal }: SweepForm,
  before: SweepState,
  event: SweepEvent,
  atMillis: number
): { readonly state: SweepState; readonly text: string } => {
  const state = told(before, event)
  if (!live) return { state, text: plainLine(before, state, event) }
  const lines = table(state, terminal, atMillis)
  return { state: { ...state, standing: lines.length }, text: `${wiped(before.standing)}${lines.join("\n")}\n` }
}

/** Makes room for a message: the live table goes, and is drawn again below by the next event. */
export const clearedSweep = (state: SweepState): { readonly state: SweepState; readonly text: string } => ({
  state: { ...state, standing: 0 },
  text: wiped(state.standing)
})

/** A gain with its interval, as the table shows it. */
export const gainText = ({ gain, high, low }: { readonly gain: number; readonly low: number; readonly high: number }) =>
  `${signed(gain)} (${signed(low)} to ${signed(high)})`
