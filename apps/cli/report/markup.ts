/**
 * HTML as values: what is put into a template is text and stays text, unless it is markup already.
 */
import { visible } from "./hostile-text.ts"

/** HTML that may stand in a page as it is. */
export interface Markup {
  readonly markup: string
}

export type Fragment = Markup | string | number | ReadonlyArray<Markup>

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** Inert in an element and in a quoted attribute: no character that acts, seen or unseen, is left. */
export const escaped = (text: string): string => visible(text).replace(/[&<>"']/g, (character) => entities[character])

/** For what this program wrote itself: drawings and the stylesheet. */
export const trusted = (markup: string): Markup => ({ markup })

const rendered = (fragment: Fragment): string => {
  if (typeof fragment === "string") return escaped(fragment)
  if (typeof fragment === "number") return String(fragment)
  if ("markup" in fragment) return fragment.markup
  return fragment.map(({ markup }) => markup).join("")
}

/** A template whose gaps are filled with escaped text or with markup. Attributes must be quoted in it. */
export const html = (parts: TemplateStringsArray, ...gaps: ReadonlyArray<Fragment>): Markup => ({
  markup: parts.map((part, index) => (index === 0 ? part : rendered(gaps[index - 1]) + part)).join("")
})
