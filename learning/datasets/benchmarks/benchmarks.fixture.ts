/**
 * For the tests: files of benchmarks in a folder of their own, and the settings of a hub that nobody may ask.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "@effect/vitest"
import type { ModelSettings } from "../../policy/checkpoint/model-source.ts"
import { loadBenchmark } from "./load-benchmark.ts"

export const scratch = mkdtempSync(join(tmpdir(), "benchmarks-"))
afterAll(() => rmSync(scratch, { recursive: true }))

export const written = (name: string, content: string | Uint8Array): string => {
  const path = join(scratch, name)
  writeFileSync(path, content)
  return path
}

export const jsonl = (rows: ReadonlyArray<unknown>): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("")

let files = 0
/** A file of these rows with a name of its own. */
export const file = (rows: ReadonlyArray<unknown>): string => written(`set${++files}.jsonl`, jsonl(rows))

export const nowhere: ModelSettings = {
  endpoint: "http://127.0.0.1:9",
  token: null,
  cache: join(scratch, "cache"),
  offline: true
}

const defaults = { dataDir: null, limit: null, testSeed: 7, perFamily: 5 }
export const load = (
  name: string,
  request: Partial<Parameters<typeof loadBenchmark>[0]> = {},
  settings: ModelSettings = nowhere
) => loadBenchmark({ ...defaults, ...request, name }, settings)
