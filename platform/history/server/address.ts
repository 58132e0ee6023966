/**
 * Where a ClickHouse server is, and as whom to speak to it.
 */

export interface ServerAddress {
  /** http or https, without user and password. */
  readonly url: string
  readonly user: string
  readonly password: string
  /** How long one request may take, in milliseconds. */
  readonly requestMillis: number
}

/** Five minutes: a block is inserted in a second, but a table that is rewritten may take its time. */
export const defaultRequestMillis = 300_000
