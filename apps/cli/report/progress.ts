/**
 * Live progress: what has happened so far and what happened now become what stderr shows. Pure; the caller has the clock.
 */
import { clipped, columnsOf } from "./columns.ts"
import { share } from "./figures.ts"
import type { Terminal } from "./terminal.ts"

/**
 * Something to tell. `step` counts updates done, `steps` how many there will be; times are milliseconds of one clock.
 *
 *   started    the process begins or goes on at `step`
 *   step       an update was applied: its mean reward and the response tokens it was made of
 *   evaluated  the policy after `step` sat the held-out problems
 *   stopping   the step under way will be finished, then nothing more
 *   finished   nothing more will come
 */
export interface ProgressEvent {
  readonly kind: "started" | "step" | "evaluated" | "stopping" | "finished"
  readonly step: number
  readonly steps: number
  readonly reward?: number
  /** Greedy accuracy, in 0..1. */
  readonly heldOut?: number
  readonly tokens?: number
  readonly atMillis: number
}

/** How progress is shown: one line that is written over, or plain lines, one for every `linesEvery` steps. */
export interface ProgressForm {
  readonly live: boolean
  readonly terminal: Terminal
  readonly linesEvery: number
}

/** One step's duration and tokens. */
interface Lap {
  readonly millis: number
  readonly tokens: number
}

export interface ProgressState {
  readonly startedMillis: number | null
  /** When the last step ended, or this process began. */
  readonly lapMillis: number | null
  /** The last laps, oldest first; an evaluation counts to the step after it, so that time left includes evaluations. */
  readonly laps: ReadonlyArray<Lap>
  readonly reward: number | null
  readonly heldOut: number | null
  readonly stopping: boolean
  /** Columns of the live line that stands there now. */
  readonly standing: number
}

export const initialProgress: ProgressState = {
  startedMillis: null,
  lapMillis: null,
  laps: [],
  reward: null,
  heldOut: null,
  stopping: false,
  standing: 0
}

/** Laps that speed and time left are taken from. */
const lapsKept = 20

const barColumns = 20

/** Plain lines enough to follow a run of this many steps and not more than about sixty. */
export const linesEveryFor = (steps: number): number => Math.max(1, Math.ceil(steps / 60))

const withLap = (state: ProgressState, { atMillis, tokens }: ProgressEvent): ProgressState => {
  const millis = state.lapMillis === null ? 0 : Math.max(0, atMillis - state.lapMillis)
  const laps = state.lapMillis === null ? state.laps : [...state.laps, { millis, tokens: tokens ?? 0 }]
  return { ...state, laps: laps.slice(-lapsKept), lapMillis: atMillis }
}

const told = (state: ProgressState, event: ProgressEvent): ProgressState => {
  const known = { ...state, reward: event.reward ?? state.reward, heldOut: event.heldOut ?? state.heldOut }
  switch (event.kind) {
    case "started":
      return { ...known, startedMillis: event.atMillis, lapMillis: event.atMillis }
    case "step":
      return withLap(known, event)
    case "evaluated":
      // The base sits its tests before the first step, which must not be taken for a slow step.
      return known.laps.length === 0 ? { ...known, lapMillis: event.atMillis } : known
    case "stopping":
      return { ...known, stopping: true }
    case "finished":
      return known
  }
}

/** `0:07`, `12:30`, `1:02:03` */
export const duration = (millis: number): string => {
  const seconds = Math.max(0, Math.round(millis / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const [first, ...rest] = parts[0] > 0 ? parts : parts.slice(1)
  return [String(first), ...rest.map((part) => String(part).padStart(2, "0"))].join(":")
}

const speed = ({ laps }: ProgressState): string | null => {
  const millis = laps.reduce((total, lap) => total + lap.millis, 0)
  const tokens = laps.reduce((total, lap) => total + lap.tokens, 0)
  if (millis === 0 || tokens === 0) return null
  const perSecond = (tokens * 1000) / millis
  return perSecond >= 10_000 ? `${(perSecond / 1000).toFixed(1)}k tokens/s` : `${Math.round(perSecond)} tokens/s`
}

const timeLeft = ({ laps, stopping }: ProgressState, { step, steps }: ProgressEvent): string | null => {
  if (laps.length === 0 || step >= steps || stopping) return null
  const mean = laps.reduce((total, { millis }) => total + millis, 0) / laps.length
  return `${duration(mean * (steps - step))} left`
}

const bar = (terminal: Terminal, { step, steps }: ProgressEvent): string => {
  const done = steps <= 0 ? 0 : Math.round((Math.min(step, steps) / steps) * barColumns)
  const [full, empty] = terminal.unicode ? ["━", "╌"] : ["=", "-"]
  return full.repeat(done) + empty.repeat(barColumns - done)
}

/** What is known now, most important first, so that a narrow terminal loses the rest. */
const facts = (state: ProgressState, event: ProgressEvent): ReadonlyArray<string> =>
  [
    state.reward === null ? null : `reward ${share(state.reward)}`,
    state.heldOut === null ? null : `held-out ${share(state.heldOut)}`,
    timeLeft(state, event),
    speed(state)
  ].filter((fact) => fact !== null)

const counted = ({ step, steps }: ProgressEvent): string =>
  `step ${String(step).padStart(String(steps).length)}/${steps}`

const separator = "  "

const total = ({ startedMillis }: ProgressState, { atMillis }: ProgressEvent): string =>
  startedMillis === null ? "" : ` in ${duration(atMillis - startedMillis)}`

/** The line is written over by the next one: no newline until the end. */
const live = (form: ProgressForm, state: ProgressState, event: ProgressEvent) => {
  const parts = [counted(event), bar(form.terminal, event), ...(state.stopping ? ["stopping after this step"] : [])]
  const end = event.kind === "finished"
  const line = clipped(
    [...parts, ...facts(state, event), ...(end ? [`done${total(state, event)}`] : [])].join(separator),
    form.terminal.width - 1
  )
  const columns = columnsOf(line)
  const rest = " ".repeat(Math.max(0, state.standing - columns))
  return { state: { ...state, standing: end ? 0 : columns }, text: `\r${line}${rest}${end ? "\n" : ""}` }
}

const isTold = (form: ProgressForm, { kind, step, steps }: ProgressEvent): boolean =>
  kind !== "step" || step === 1 || step === steps || step % form.linesEvery === 0

const plainLine = (state: ProgressState, event: ProgressEvent): string => {
  switch (event.kind) {
    case "started":
      return event.step === 0 ? `${counted(event)}  started` : `${counted(event)}  going on`
    case "evaluated":
      return `${counted(event)}  held-out ${event.heldOut === undefined ? "unknown" : share(event.heldOut)}`
    case "stopping":
      return `${counted(event)}  stopping after this step`
    case "finished":
      return `${counted(event)}  done${total(state, event)}`
    case "step":
      return [counted(event), ...facts(state, event)].join(separator)
  }
}

/** What is to be written to stderr as it stands, and the state to go on with. An empty text writes nothing. */
export const progress = (
  form: ProgressForm,
  before: ProgressState,
  event: ProgressEvent
): { readonly state: ProgressState; readonly text: string } => {
  const state = told(before, event)
  if (form.live) return live(form, state, event)
  return { state, text: isTold(form, event) ? `${plainLine(state, event)}\n` : "" }
}

/** Makes room for another message on a live terminal: the standing line goes and is drawn again by the next event. */
export const cleared = (state: ProgressState): { readonly state: ProgressState; readonly text: string } => ({
  state: { ...state, standing: 0 },
  text: state.standing === 0 ? "" : `\r${" ".repeat(state.standing)}\r`
})
