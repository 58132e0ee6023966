/**
 * An answer as a picture, before it is known whether a terminal or a page shows it: rows become marks in panels.
 */
import type { NamedQuestion, PictureKind, PictureRole } from "../../../platform/history/named-question.ts"
import type { Row, Value } from "./rows.ts"

/** One thing to draw; where its numbers are missing it is left out. */
export interface Mark {
  readonly x: number | string
  readonly y: number | string
  /** Whose line, bar or dot it is; empty where there is one only. */
  readonly series: string
  readonly low: number | null
  readonly high: number | null
  /** What the colour of a cell says. */
  readonly fill: number
}

/** Marks that share their axes. */
export interface Panel {
  /** Empty where there is one panel only. */
  readonly title: string
  readonly marks: ReadonlyArray<Mark>
}

export interface Drawing {
  readonly kind: Exclude<PictureKind, "table">
  readonly title: string
  /** Of which run, and what else was asked. */
  readonly subtitle: string
  readonly labels: { readonly x: string; readonly y: string; readonly fill: string }
  /** In the order of the rows. */
  readonly series: ReadonlyArray<string>
  readonly panels: ReadonlyArray<Panel>
}

export interface Table {
  readonly kind: "table"
  readonly title: string
  readonly subtitle: string
  /** Column and label. */
  readonly columns: ReadonlyArray<{ readonly name: string; readonly label: string }>
  readonly rows: ReadonlyArray<Row>
}

const isPlace = (value: Value | undefined): value is number | string =>
  typeof value === "number" || typeof value === "string"

const numberOf = (value: Value | undefined): number | null => (typeof value === "number" ? value : null)

const wordOf = (value: Value | undefined): string => (value === undefined || value === null ? "" : String(value))

/** Each value once, in order. */
const distinct = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)]

/** @param subtitle of which run, and what else was asked */
export const pictureOf = (question: NamedQuestion, subtitle: string, rows: ReadonlyArray<Row>): Drawing | Table => {
  const { axes, picture, title } = question
  if (picture.kind === "table") {
    const columns = picture.columns.map((name) => ({ name, label: axes.get(name) ?? name.replaceAll("_", " ") }))
    return { kind: "table", title, subtitle, columns, rows }
  }
  const { roles } = picture
  const cellOf = (row: Row, role: PictureRole): Value | undefined => {
    const column = roles[role]
    return column === undefined ? undefined : row[column]
  }
  const labelOf = (role: PictureRole): string => axes.get(roles[role] ?? "") ?? ""
  const markOf = (row: Row): ReadonlyArray<Mark> => {
    const [x, y, fill] = [cellOf(row, "x"), cellOf(row, "y"), numberOf(cellOf(row, "fill"))]
    if (!isPlace(x) || !isPlace(y) || (roles.fill !== undefined && fill === null)) return []
    const [low, high] = [numberOf(cellOf(row, "low")), numberOf(cellOf(row, "high"))]
    return [{ x, y, series: wordOf(cellOf(row, "series")), low, high, fill: fill ?? 0 }]
  }
  const facets = distinct(rows.map((row) => wordOf(cellOf(row, "facet"))))
  return {
    kind: picture.kind,
    title,
    subtitle,
    labels: { x: labelOf("x"), y: labelOf("y"), fill: labelOf("fill") },
    series: distinct(rows.map((row) => wordOf(cellOf(row, "series")))),
    panels: facets
      .map((facet) => ({
        title: facet,
        marks: rows.filter((row) => wordOf(cellOf(row, "facet")) === facet).flatMap(markOf)
      }))
      .filter(({ marks }) => marks.length > 0)
  }
}

/** Each place once: numbers in their order, names in the order of the rows. */
export const placesOf = (places: ReadonlyArray<number | string>): ReadonlyArray<number | string> => {
  const once = [...new Set(places)]
  return once.every((each) => typeof each === "number") ? once.sort((a, b) => a - b) : once
}

/** The drawing with every text in it put through `safe`: names of tests, tokens and examples come from outside. */
export const withTexts = (drawing: Drawing, safe: (text: string) => string): Drawing => {
  const place = (at: number | string): number | string => (typeof at === "string" ? safe(at) : at)
  return {
    ...drawing,
    subtitle: safe(drawing.subtitle),
    series: drawing.series.map(safe),
    panels: drawing.panels.map(({ marks, title }) => ({
      title: safe(title),
      marks: marks.map((mark) => ({ ...mark, x: place(mark.x), y: place(mark.y), series: safe(mark.series) }))
    }))
  }
}

/** A value in a cell of a table. */
export const cellText = (value: Value | undefined): string => {
  if (value === undefined || value === null) return ""
  return typeof value === "number" ? figure(value) : String(value)
}

/** Whether there is anything to draw. */
export const isEmpty = (picture: Drawing | Table): boolean =>
  picture.kind === "table" ? picture.rows.length === 0 : picture.panels.length === 0

/** The ends of what numbers span; a single value is given some room, 0 above only. */
export const spanOf = (values: ReadonlyArray<number>): readonly [low: number, high: number] => {
  const low = values.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY)
  if (low < high) return [low, high]
  if (low === 0) return [0, 1]
  const room = Math.abs(low) / 2
  return [low - room, high + room]
}

/** A number as people read it: three digits that count, whole numbers whole. */
export const figure = (value: number): string => {
  if (value === 0 || (Number.isInteger(value) && Math.abs(value) < 1e6)) return String(value)
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e6) return value.toExponential(1)
  return String(Number(value.toPrecision(3)))
}
