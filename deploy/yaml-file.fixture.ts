/**
 * YAML as a strict reader has it: a key that is there twice, or anything that a parser would only warn of, is a fault.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseAllDocuments } from "yaml"

/** The folder deploy/. */
export const here = import.meta.dirname

/** Every document of a text. Throws with all that is wrong. */
export const documentsIn = (text: string, place: string): ReadonlyArray<unknown> =>
  [...parseAllDocuments(text, { merge: true, strict: true, uniqueKeys: true })].map((document) => {
    const faults = [...document.errors, ...document.warnings].map(({ message }) => message)
    if (faults.length > 0) throw new Error(`${place}: ${faults.join("; ")}`)
    return document.toJS()
  })

/** Every document of a file, by its path in deploy/. */
export const documentsOf = (path: string): ReadonlyArray<unknown> =>
  documentsIn(readFileSync(join(here, path), "utf8"), path)
