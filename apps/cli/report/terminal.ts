/**
 * What the report must know of a terminal: how wide it is and what it can show. The caller finds out; nothing here asks.
 */

export interface Terminal {
  /** Columns; nothing is drawn wider where it can be helped. */
  readonly width: number
  readonly color: boolean
  /** Box drawing, braille and marks beyond ASCII. */
  readonly unicode: boolean
}

/** Roles, not colours: base and trained differ in hue and in weight, so that no reader must tell red from green. */
export type Role = "title" | "quiet" | "base" | "trained" | "reward" | "right" | "wrong"

const codes: Readonly<Record<Role, readonly [on: string, off: string]>> = {
  title: ["1", "22"],
  quiet: ["2", "22"],
  base: ["33", "39"],
  trained: ["1;36", "22;39"],
  reward: ["35", "39"],
  right: ["36", "39"],
  wrong: ["33", "39"]
}

/** The text in the colour of its role, or as it is where the terminal has no colour. */
export const paint = (terminal: Terminal, role: Role, text: string): string =>
  terminal.color && text !== "" ? `\u001b[${codes[role][0]}m${text}\u001b[${codes[role][1]}m` : text

/** A horizontal rule. */
export const rule = (terminal: Terminal, columns: number): string =>
  paint(terminal, "quiet", (terminal.unicode ? "─" : "-").repeat(Math.max(0, columns)))

/** What stands where there is no figure. */
export const absent = (terminal: Terminal): string => (terminal.unicode ? "–" : "-")
