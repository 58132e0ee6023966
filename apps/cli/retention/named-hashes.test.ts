import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { encode } from "../../../platform/log/codec.ts"
import { keyIn } from "../../../platform/log/contract.fixture.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { topics } from "../../../schemas/catalogue.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RunId } from "../../../schemas/ids.ts"
import { RunStarted } from "../../../schemas/run-started.ts"
import { namedByOthers } from "./named-hashes.ts"

describe("namedByOthers", () => {
  it.effect("given topics larger than the catalogue's, then what is named in their last partition counts", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.createTopics(topics.map(({ name }) => ({ name, partitions: 7 })))
      const hash = "5".repeat(64)
      const other = new RunStarted({ ...goldenEvents.RunStarted, runId: RunId.make("another"), baseHash: hash })
      const own = new RunStarted({ ...goldenEvents.RunStarted, runId: RunId.make("own"), baseHash: "6".repeat(64) })
      const key = keyIn(6, 7)
      yield* log.append([other, own].map((event) => ({ topic: "runs", key, value: encode(event) })))
      const named = yield* namedByOthers(RunId.make("own"))
      assert.isTrue(named.has(hash))
      assert.isFalse(named.has("6".repeat(64)))
    }).pipe(Effect.provide(layerMemory))
  )
})
