/**
 * Live progress of an evaluation: what has been answered so far and what happened now become what stderr shows. Pure; the
 * caller has the clock.
 */
import { clipped, columnsOf } from "../report/columns.ts"
import { share } from "../report/figures.ts"
import { duration } from "../report/progress.ts"
import type { Terminal } from "../report/terminal.ts"

/** How many answers a test asks for. */
export interface TestSize {
  readonly test: string
  readonly problems: number
  readonly samples: number
}

/**
 *   answered  answers came in, each to a test: now, or `before` this sitting
 *   sat       a test is through
 *   stopping  nothing more is begun
 */
export type AnswerEvent =
  | {
      readonly kind: "answered"
      readonly tests: ReadonlyArray<string>
      readonly before: boolean
      readonly atMillis: number
    }
  | { readonly kind: "sat"; readonly test: string; readonly accuracy: number; readonly atMillis: number }
  | { readonly kind: "stopping"; readonly atMillis: number }

export interface AnswerForm {
  /** One line that is written over, or plain lines. */
  readonly live: boolean
  readonly terminal: Terminal
  readonly tests: ReadonlyArray<TestSize>
}

export interface AnswerState {
  readonly startedMillis: number
  /** Answers of each test, by name. */
  readonly done: ReadonlyMap<string, number>
  /** Problems' worth of answers that came in this sitting: what speed is reckoned from. */
  readonly fresh: number
  /** Tenths of all answers that plain lines have told. */
  readonly tenths: number
  /** When the live line was last drawn. */
  readonly shownMillis: number
  /** Columns of the live line that stands there now. */
  readonly standing: number
}

export const initialAnswers = (startedMillis: number): AnswerState => ({
  startedMillis,
  done: new Map(),
  fresh: 0,
  tenths: 0,
  shownMillis: 0,
  standing: 0
})

/** A terminal need not be drawn more often. */
const millisBetweenDrawings = 100

const barColumns = 20

interface Totals {
  readonly answers: number
  readonly answered: number
  /** Problems' worth of answers that are to come. */
  readonly problemsLeft: number
}

const totalsOf = ({ tests }: AnswerForm, { done }: AnswerState): Totals => {
  let totals: Totals = { answers: 0, answered: 0, problemsLeft: 0 }
  for (const { problems, samples, test } of tests) {
    const answered = done.get(test) ?? 0
    totals = {
      answers: totals.answers + problems * samples,
      answered: totals.answered + answered,
      problemsLeft: totals.problemsLeft + problems - answered / samples
    }
  }
  return totals
}

/** Problems in a second of this sitting; null where nothing has come in yet. */
const speedOf = ({ fresh, startedMillis }: AnswerState, atMillis: number): number | null =>
  fresh === 0 || atMillis <= startedMillis ? null : (fresh * 1000) / (atMillis - startedMillis)

const factsOf = (
  form: AnswerForm,
  state: AnswerState,
  atMillis: number,
  test: string | undefined
): ReadonlyArray<string> => {
  const { problemsLeft } = totalsOf(form, state)
  const speed = speedOf(state, atMillis)
  const size = form.tests.find((each) => each.test === test)
  return [
    ...(size === undefined ? [] : [`${size.test} ${state.done.get(size.test) ?? 0}/${size.problems * size.samples}`]),
    ...(speed === null ? [] : [`${speed >= 10 ? speed.toFixed(0) : speed.toFixed(2)} problems/s`]),
    ...(speed === null || problemsLeft <= 0 ? [] : [`${duration((problemsLeft / speed) * 1000)} left`])
  ]
}

/** The test that was heard of last. */
const testOf = (event: Exclude<AnswerEvent, { readonly kind: "stopping" }>): string | undefined =>
  event.kind === "sat" ? event.test : event.tests.at(-1)

const counted = ({ answered, answers }: Totals): string =>
  `answers ${String(answered).padStart(String(answers).length)}/${answers}`

const separator = "  "

const live = (form: AnswerForm, state: AnswerState, event: AnswerEvent) => {
  if (event.kind === "answered" && event.atMillis - state.shownMillis < millisBetweenDrawings)
    return { state, text: "" }
  const totals = totalsOf(form, state)
  const filled = totals.answers === 0 ? 0 : Math.round((totals.answered / totals.answers) * barColumns)
  const [full, empty] = form.terminal.unicode ? ["━", "╌"] : ["=", "-"]
  const facts = event.kind === "stopping" ? ["stopping"] : factsOf(form, state, event.atMillis, testOf(event))
  const bar = full.repeat(filled) + empty.repeat(barColumns - filled)
  const line = clipped([counted(totals), bar, ...facts].join(separator), form.terminal.width - 1)
  const columns = columnsOf(line)
  const rest = " ".repeat(Math.max(0, state.standing - columns))
  return { state: { ...state, standing: columns, shownMillis: event.atMillis }, text: `\r${line}${rest}` }
}

const plain = (form: AnswerForm, state: AnswerState, event: AnswerEvent) => {
  const totals = totalsOf(form, state)
  if (event.kind === "stopping") return { state, text: `${counted(totals)}${separator}stopping\n` }
  if (event.kind === "sat")
    return { state, text: `${counted(totals)}${separator}${event.test} accuracy ${share(event.accuracy)}\n` }
  const tenths = Math.floor((10 * totals.answered) / totals.answers)
  if (tenths <= state.tenths || event.before) return { state: { ...state, tenths }, text: "" }
  const facts = factsOf(form, state, event.atMillis, testOf(event))
  return { state: { ...state, tenths }, text: `${[counted(totals), ...facts].join(separator)}\n` }
}

const told = (form: AnswerForm, state: AnswerState, event: AnswerEvent): AnswerState => {
  if (event.kind !== "answered") return state
  const done = new Map(state.done)
  let fresh = state.fresh
  for (const name of event.tests) {
    done.set(name, (done.get(name) ?? 0) + 1)
    if (!event.before) fresh += 1 / (form.tests.find(({ test }) => test === name)?.samples ?? 1)
  }
  return { ...state, done, fresh }
}

/** What is to be written to stderr as it stands, and the state to go on with. An empty text writes nothing. */
export const answerProgress = (
  form: AnswerForm,
  before: AnswerState,
  event: AnswerEvent
): { readonly state: AnswerState; readonly text: string } => {
  const state = told(form, before, event)
  return form.live ? live(form, state, event) : plain(form, state, event)
}

/** Makes room for another message on a live terminal. */
export const clearedAnswers = (state: AnswerState): { readonly state: AnswerState; readonly text: string } => ({
  state: { ...state, standing: 0 },
  text: state.standing === 0 ? "" : `\r${" ".repeat(state.standing)}\r`
})
