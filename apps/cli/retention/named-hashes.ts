/**
 * Every artifact that the log's other runs name, anywhere in their events: what must stay whatever one run keeps.
 */
import { Effect, Stream } from "effect"
import { runOf } from "../../../platform/log/codec.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { topics } from "../../../schemas/catalogue.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { eventOf } from "../record.ts"

const hashes = /[0-9a-f]{64}/g

/** Every hash anywhere in a value. Configurations are texts, so one may stand amid a text. */
export const collectHashes = (value: unknown, into: Set<string>): void => {
  if (typeof value === "string") for (const [hash] of value.matchAll(hashes)) into.add(hash)
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return
  for (const member of Object.values(value)) collectHashes(member, into)
}

/** Topics whose events name artifacts that no event of another topic names. */
const naming = topics.filter(({ name }) => /^(runs|gradients|scores)/.test(name))

/** Fails where a record cannot be read: what it names is not known. */
export const namedByOthers = Effect.fn("namedByOthers")(function* (own: RunId) {
  const log = yield* EventLog
  const named = new Set<string>()
  // As many as there are, which may be more than the catalogue says.
  for (const { name } of naming)
    for (const partition of (yield* log.endOffsets(name)).keys()) {
      const others = log.read(name, partition, 0).pipe(Stream.filter(({ value }) => runOf(value) !== own))
      yield* Stream.runForEach(others, (record) => Effect.map(eventOf(record), (event) => collectHashes(event, named)))
    }
  return named
})
