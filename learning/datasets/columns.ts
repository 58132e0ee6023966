/**
 * Values of a row by the names of their columns, whatever file the row is from.
 */

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The value of a column, deeper ones by dots; undefined where there is none or it is null. */
export const at = (row: unknown, column: string): unknown =>
  column.split(".").reduce<unknown>((value, key) => {
    const inner = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined
    return inner ?? undefined
  }, row)

/** The first of the columns that the row has. */
export const firstOf = (row: unknown, columns: ReadonlyArray<string>) => {
  for (const column of columns) {
    const value = at(row, column)
    if (value !== undefined) return { column, value }
  }
  return null
}

/** A value as a message shows it, cut where it is long. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value, (_, each) => (typeof each === "bigint" ? Number(each) : each))
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** A number as text, 64-bit ones too; null for anything else. */
export const numberText = (value: unknown): string | null =>
  typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value)) ? String(value) : null
