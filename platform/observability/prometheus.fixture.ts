/**
 * A reader of Prometheus' text format, as strict as a scraper: what it cannot place is an error. It shares nothing with
 * what writes the format.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"

interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

export interface Exposition {
  /** counter, gauge, histogram …, by family. */
  readonly types: ReadonlyMap<string, string>
  /** The value of the one sample that has this name and exactly these labels. */
  readonly value: (name: string, labels: Readonly<Record<string, string>>) => number | undefined
  /** All samples of this name. */
  readonly samples: (name: string) => ReadonlyArray<Sample>
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

const labelsOf = (text: string): ReadonlyMap<string, string> => {
  const labels = new Map<string, string>()
  label.lastIndex = 0
  let end = 0
  for (let found = label.exec(text); found !== null; found = label.exec(text)) {
    assert.isFalse(labels.has(found[1]), `label twice: ${text}`)
    labels.set(
      found[1],
      found[2].replace(/\\(.)/g, (_, what) => (what === "n" ? "\n" : what))
    )
    end = label.lastIndex
    if (end === text.length) break
  }
  assert.strictEqual(end, text.length, `labels end early: ${text}`)
  return labels
}

const numberOf = (text: string): number => {
  const value = text === "+Inf" ? Number.POSITIVE_INFINITY : text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text)
  assert.isFalse(Number.isNaN(value), `no number: ${text}`)
  return value
}

/** Which family a sample belongs to. */
const familyOf = (name: string, types: ReadonlyMap<string, string>): string => {
  const base = name.replace(/_(bucket|sum|count)$/, "")
  return types.get(base) === "histogram" ? base : name
}

const keyOf = (name: string, labels: Iterable<readonly [string, string]>): string =>
  JSON.stringify([name, [...labels].sort(([a], [b]) => (a < b ? -1 : 1))])

export const readExposition = (text: string): Exposition => {
  assert.isTrue(text === "" || text.endsWith("\n"), "ends with a line feed")
  const types = new Map<string, string>()
  const samples = new Map<string, Sample>()
  let family: string | undefined
  for (const row of text.split("\n").slice(0, -1)) {
    if (row.startsWith("# HELP ")) continue
    if (row.startsWith("# TYPE ")) {
      const [, , name, type] = row.split(" ")
      assert.isFalse(types.has(name), `family twice: ${name}`)
      types.set(name, type)
      family = name
      continue
    }
    const found = line.exec(row)
    assert.isNotNull(found, `no sample: ${row}`)
    if (found === null) continue
    const [, name, labels = "", value] = found
    assert.strictEqual(familyOf(name, types), family, "stands below its TYPE")
    const sample = { name, labels: labelsOf(labels), value: numberOf(value) }
    assert.isFalse(samples.has(keyOf(name, sample.labels)), `series twice: ${row}`)
    samples.set(keyOf(name, sample.labels), sample)
  }
  return {
    types,
    value: (name, labels) => samples.get(keyOf(name, Object.entries(labels)))?.value,
    samples: (name) => [...samples.values()].filter((sample) => sample.name === name)
  }
}

/** What a server on this machine says at a path. */
export const get = (port: number, path: string, method = "GET") =>
  Effect.promise(async () => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

/** What a scraper gets. */
export const scrape = (port: number) =>
  Effect.map(get(port, "/metrics"), ({ headers, status, text }) => {
    assert.strictEqual(status, 200)
    assert.strictEqual(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
    return readExposition(text)
  })
