/**
 * The hash by which a run's start says what it is trained on and asked.
 */
import { createHash } from "node:crypto"
import type { RunConfig } from "../../schemas/run-config.ts"

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/** What is trained on, and what is asked besides where the run brings its own problems or benchmarks. */
const dataOf = ({ evaluation, prompts }: RunConfig) => {
  const { benchmarks = [], problems } = evaluation
  if (problems === undefined && benchmarks.length === 0) return prompts
  const sheets = benchmarks.map(({ sheet }) => sheet)
  return { prompts, ...(problems === undefined ? {} : { problems }), ...(sheets.length === 0 ? {} : { sheets }) }
}

/** SHA-256 of a run's data. */
export const dataHashOf = (config: RunConfig): string => sha256(JSON.stringify(dataOf(config)))
