/**
 * How an answer of the history may look.
 */

export const queryFormats = ["table", "json", "csv"] as const

/** table: for people. json: one object a line. csv: with a line of names. */
export type QueryFormat = (typeof queryFormats)[number]
