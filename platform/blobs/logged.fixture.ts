/**
 * What was logged, for tests of what is said.
 */
import { Logger } from "effect"

/** Collects what is logged, as text. */
export const logged = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    lines.push(`${logLevel} ${String(message)}`)
  })
  return { lines, layer: Logger.layer([logger]) }
}
