// The record of which backend the installation settled for and why; `onefold doctor` and the engine read it.
import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { decisionFile } from "./places.mjs"

/**
 * @typedef {object} Decision
 * @property {"tensorflow" | "wasm"} backend
 * @property {string} why in words
 * @property {ReadonlyArray<string>} failures what was tried before and why it failed
 * @property {string} [tensorflow] the native library's version
 * @property {"cpu" | "gpu"} [builtFor] whether the addon's library knows CUDA; whether it finds a GPU shows where it runs
 * @property {string} [addon] the cached folder that the addon in place came from
 */

/** @returns {Decision | undefined} */
export function readDecision() {
  try {
    return JSON.parse(readFileSync(decisionFile, "utf8"))
  } catch {
    return undefined
  }
}

/** @param {Decision} decision */
export function writeDecision(decision) {
  const partial = `${decisionFile}.${process.pid}`
  writeFileSync(partial, `${JSON.stringify(decision, undefined, 2)}\n`)
  renameSync(partial, decisionFile)
}
