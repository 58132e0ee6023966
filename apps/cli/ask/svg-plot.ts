/**
 * The panels of a picture, by Observable Plot.
 */
import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import { clipped } from "../report/columns.ts"
import { type Drawing, figure, type Mark, type Panel, placesOf, spanOf } from "./picture.ts"
import { characterWidth, ink, type Piece, quiet, seriesColors, sheetWidth, textAt } from "./svg-paper.ts"

/** What is used of the element that Plot returns; its own type needs a browser's. */
interface Element {
  readonly innerHTML: string
  readonly querySelector: (selector: string) => { readonly remove: () => void } | null
}

const whole = sheetWidth - 32
const half = (whole - 8) / 2
const titleHeight = 20
const longestName = 34

/** Draws, without the element around it and without Plot's own style element; a title goes above. */
const piece = (
  title: string,
  options: Plot.PlotOptions & { readonly width: number; readonly height: number }
): Piece => {
  const { document } = parseHTML("<!doctype html><html><body></body></html>")
  const svg: Element = Plot.plot({ ...options, document })
  svg.querySelector("style")?.remove()
  const top = title === "" ? 0 : titleHeight
  const heading = title === "" ? "" : textAt(0, 12, title, { size: 12, color: ink, bold: true })
  const body = `<g transform="translate(0,${top})" font-size="11" text-anchor="middle" fill="currentColor">${svg.innerHTML}</g>`
  return { markup: heading + body, width: options.width, height: options.height + top }
}

/** A scale's label, in the middle and without an arrow. */
const named = (label: string) => ({ label, labelArrow: "none", labelAnchor: "center" }) as const

const colorOf =
  ({ series }: Drawing) =>
  (mark: Mark): string =>
    seriesColors[Math.max(0, series.indexOf(mark.series)) % seriesColors.length]

const ticked = (value: number): string => figure(value)

/** An axis of steps has whole numbers only. */
const stepAxis = (marks: ReadonlyArray<Mark>, most: number) => {
  const values = marks.map(({ x }) => Number(x))
  const [low, high] = spanOf(values)
  const isWhole = values.every(Number.isInteger)
  return {
    ticks: isWhole ? Math.max(1, Math.min(most, Math.floor(high - low))) : most,
    tickFormat: (value: number): string => (isWhole && !Number.isInteger(value) ? "" : figure(value))
  }
}

/** Where bars begin and end, with room for the numbers of those that go to the left. */
const barSpan = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const [low, high] = spanOf([0, ...values])
  return [low < 0 ? low - 0.12 * (high - low) : low, high]
}

const linePiece = (drawing: Drawing, { marks, title }: Panel): Piece => {
  const many = drawing.panels.length > 1
  const lone = new Set(drawing.series.filter((name) => marks.filter(({ series }) => series === name).length === 1))
  const color = colorOf(drawing)
  const banded = marks.filter(({ high, low }) => high !== null && low !== null)
  const isShare = marks.every(({ y }) => typeof y === "number" && y >= 0 && y <= 1) && /0 to 1/.test(drawing.labels.y)
  const crowded = new Set(banded.map(({ series }) => series)).size > 2
  const channels = { x: "x", y: "y", z: "series", stroke: color }
  const sparse = marks.length <= 60 * Math.max(1, drawing.series.length)
  return piece(title, {
    width: many ? half : whole,
    height: many ? 190 : 340,
    ...{ marginLeft: 56, marginRight: 14, marginTop: 10, marginBottom: 38 },
    x: { ...named(drawing.labels.x), ...stepAxis(marks, many ? 5 : 9) },
    y: {
      ...(many ? { label: null } : named(drawing.labels.y)),
      ...(isShare ? { domain: [0, 1] } : { domain: [...spanOf(marks.map(({ y }) => Number(y)))], nice: true }),
      ...{ grid: true, ticks: 5, tickSize: 0, tickFormat: ticked }
    },
    marks: [
      Plot.areaY(banded, {
        x: "x",
        y1: "low",
        y2: "high",
        z: "series",
        fill: color,
        fillOpacity: crowded ? 0.06 : 0.15
      }),
      Plot.lineY(marks, { ...channels, strokeWidth: 1.75 }),
      Plot.dot(sparse ? marks : marks.filter(({ series }) => lone.has(series)), { x: "x", y: "y", r: 2.5, fill: color })
    ]
  })
}

/** Names as they are shown, by what they stand for; cut ones may be alike. */
const shortNames = (marks: ReadonlyArray<Mark>): ReadonlyMap<string, string> =>
  new Map(marks.map(({ y }) => [String(y), clipped(String(y), longestName)]))

const nameMargin = (names: ReadonlyMap<string, string>): number =>
  18 + characterWidth * Math.max(6, ...[...names.values()].map(({ length }) => length))

/** Every bar's end, those of one name on top of each other. */
const totals = (marks: ReadonlyArray<Mark>): ReadonlyArray<number> => {
  const byName = new Map<number | string, number>()
  for (const { x, y } of marks) byName.set(y, (byName.get(y) ?? 0) + Number(x))
  return [...byName.values()]
}

/** Numbers at the ends of the bars that go to one side. */
const beside = (marks: ReadonlyArray<Mark>, side: 1 | -1): Plot.Markish =>
  Plot.text(
    marks.filter(({ x }) => Number(x) < 0 === side < 0),
    {
      ...{ x: "x", y: "y", text: ({ x }: Mark) => figure(Number(x)), fill: quiet },
      ...{ textAnchor: side < 0 ? "end" : "start", dx: 5 * side }
    }
  )

const barPiece = (drawing: Drawing, { marks, title }: Panel): Piece => {
  const names = shortNames(marks)
  const values = marks.map(({ x }) => Number(x))
  const series = colorOf(drawing)
  const hasSign = values.some((value) => value < 0)
  const color = (mark: Mark): string => (hasSign ? seriesColors[Number(mark.x) < 0 ? 1 : 0] : series(mark))
  return piece(title, {
    width: whole,
    height: 48 + 22 * names.size,
    ...{ marginLeft: nameMargin(names), marginRight: 60, marginTop: 6, marginBottom: 38 },
    x: {
      ...(title === "" ? named(drawing.labels.x) : { label: null }),
      ...{ domain: barSpan(totals(marks)), grid: true, ticks: 6, tickFormat: ticked }
    },
    y: {
      ...{ type: "band", domain: [...names.keys()], label: null, tickSize: 0, padding: 0.25 },
      tickFormat: (name: string) => names.get(name) ?? name
    },
    marks: [
      Plot.barX(marks, { x: "x", y: "y", fill: color }),
      Plot.ruleX([0], { stroke: ink, strokeOpacity: 0.5 }),
      ...(drawing.series.length > 1 ? [] : [beside(marks, 1), beside(marks, -1)])
    ]
  })
}

const dotPiece = (drawing: Drawing, { marks, title }: Panel): Piece => {
  const names = shortNames(marks)
  const color = colorOf(drawing)
  const ends = marks.flatMap(({ high, low, x }) => [Number(x), low ?? Number(x), high ?? Number(x)])
  const isShare = ends.every((end) => end >= 0 && end <= 1)
  const isFirst = (mark: Mark): boolean => mark.series === drawing.series[0]
  const shown = drawing.series.length > 1 ? marks.filter((mark) => !isFirst(mark)) : marks
  return piece(title, {
    width: whole,
    height: 52 + 24 * names.size,
    ...{ marginLeft: nameMargin(names), marginRight: 20, marginTop: 6, marginBottom: 38 },
    x: {
      ...named(drawing.labels.x),
      grid: true,
      ticks: 6,
      tickFormat: ticked,
      domain: isShare ? [0, 1] : [...spanOf(ends)]
    },
    y: {
      ...{ type: "point", domain: [...names.keys()], label: null, tickSize: 0 },
      tickFormat: (name: string) => names.get(name) ?? name
    },
    marks: [
      Plot.link(marks, { x1: "low", x2: "high", y: "y", stroke: color, strokeWidth: 5, strokeOpacity: 0.22 }),
      Plot.dot(marks.filter(isFirst), { x: "x", y: "y", r: 5, fill: "#fff", stroke: color, strokeWidth: 2 }),
      Plot.dot(shown, { x: "x", y: "y", r: 4, fill: color })
    ]
  })
}

/** Of many places some, evenly, the first among them. */
const someOf = <A>(places: ReadonlyArray<A>, most: number): ReadonlyArray<A> => {
  const every = Math.ceil(places.length / most)
  return places.filter((_, i) => i % every === 0)
}

const scheme = { scheme: "viridis", type: "linear" } as const

/** What the colours of a heatmap say. */
const ramp = (label: string, span: readonly [number, number]): Piece => {
  const steps = 48
  const size = (span[1] - span[0]) / steps
  const cells = Array.from({ length: steps }, (_, i) => ({ from: span[0] + i * size, to: span[0] + (i + 1) * size }))
  return piece("", {
    width: 300,
    height: 46,
    ...{ marginLeft: 20, marginRight: 20, marginTop: 2, marginBottom: 32 },
    x: { ...named(label), domain: [...span], ticks: 4, tickFormat: ticked },
    y: { axis: null },
    color: { ...scheme, domain: [...span] },
    marks: [
      Plot.rect(cells, { x1: "from", x2: "to", y1: () => 0, y2: () => 1, fill: "from", shapeRendering: "crispEdges" })
    ]
  })
}

const heatPieces = (drawing: Drawing, { marks, title }: Panel): ReadonlyArray<Piece> => {
  const [xs, ys] = [placesOf(marks.map(({ x }) => x)), placesOf(marks.map(({ y }) => y))]
  const span = spanOf(marks.map(({ fill }) => fill))
  const show = (place: number | string): string =>
    typeof place === "number" ? figure(place) : clipped(place, longestName)
  const margin = 34 + characterWidth * Math.max(...ys.map((y) => show(y).length))
  return [
    piece(title, {
      width: whole,
      height: 54 + Math.max(160, Math.min(520, 18 * ys.length)),
      ...{ marginLeft: margin, marginRight: 14, marginTop: 6, marginBottom: 40 },
      x: {
        ...named(drawing.labels.x),
        type: "band",
        domain: [...xs],
        ticks: [...someOf(xs, 12)],
        tickFormat: show,
        padding: 0
      },
      y: {
        ...named(drawing.labels.y),
        type: "band",
        domain: [...ys],
        ticks: [...someOf(ys, 28)],
        tickFormat: show,
        padding: 0
      },
      color: { ...scheme, domain: [...span] },
      marks: [Plot.cell(marks, { x: "x", y: "y", fill: "fill", shapeRendering: "crispEdges" })]
    }),
    ramp(drawing.labels.fill, span)
  ]
}

const panelPieces = (drawing: Drawing, panel: Panel): ReadonlyArray<Piece> => {
  switch (drawing.kind) {
    case "line":
      return [linePiece(drawing, panel)]
    case "bar":
      return [barPiece(drawing, panel)]
    case "dot":
      return [dotPiece(drawing, panel)]
    case "heatmap":
      return heatPieces(drawing, panel)
  }
}

export const pieces = (drawing: Drawing): ReadonlyArray<Piece> =>
  drawing.panels.flatMap((panel) => panelPieces(drawing, panel))
