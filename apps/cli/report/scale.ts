/**
 * Numbers as colours that the colour-blind can tell apart: from dark blue to yellow, after cividis (Nuñez and others, 2018),
 * where they go one way; blue against orange, white between, where they lie on both sides of a centre.
 *
 * Colours are of the 256 that terminals have in common; the text on each is black or white, whichever can be read.
 */
import type { Terminal } from "./terminal.ts"

/** Background and foreground by their number among the 256. */
type Shade = readonly [background: number, foreground: number]

const [white, black] = [231, 16]
const oneWay: ReadonlyArray<Shade> = [
  [17, white],
  [60, white],
  [243, white],
  [144, black],
  [185, black],
  [227, black]
]
const bothWays: ReadonlyArray<Shade> = [
  [25, white],
  [74, black],
  [153, black],
  [255, black],
  [223, black],
  [215, black],
  [166, black]
]

export interface Scale {
  /** What the ends stand for; equal where all values are. */
  readonly low: number
  readonly high: number
  /** What lies between the two colours; null on a scale that goes one way. */
  readonly centre: number | null
}

/** From the least of the values to the greatest; at least one. */
export const scaleOf = (values: ReadonlyArray<number>, centre: number | null): Scale => {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  if (centre === null) return { low, high, centre }
  const reach = Math.max(high - centre, centre - low)
  return { low: centre - reach, high: centre + reach, centre }
}

const shadesOf = ({ centre }: Scale): ReadonlyArray<Shade> => (centre === null ? oneWay : bothWays)

/** Which of the scale's colours a value has, counted from 0. */
export const shadeOf = (scale: Scale, value: number): number => {
  const { high, low } = scale
  const last = shadesOf(scale).length - 1
  const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5
  return scale.centre === null ? Math.min(last, Math.floor(share * (last + 1))) : Math.round(share * last)
}

const painted = (scale: Scale, shade: number, text: string): string => {
  const [background, foreground] = shadesOf(scale)[shade]
  return `\u001b[48;5;${background};38;5;${foreground}m${text}\u001b[39;49m`
}

/** A text on the colour of a value, or as it is where the terminal has no colour. The text must be printable. */
export const shaded = (terminal: Terminal, scale: Scale, value: number, text: string): string =>
  terminal.color && text !== "" ? painted(scale, shadeOf(scale, value), text) : text

/** The colours side by side between what their ends stand for; nothing but these numbers where there is no colour. */
export const legend = (terminal: Terminal, scale: Scale, write: (value: number) => string): string => {
  const colors = terminal.color
    ? shadesOf(scale)
        .map((_, shade) => painted(scale, shade, "  "))
        .join("")
    : "to"
  return `${write(scale.low)} ${colors} ${write(scale.high)}`
}
