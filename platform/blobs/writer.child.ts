/**
 * One of many processes that share a folder: opens it, stores the same artifacts as the others, and reads them back.
 *
 *   writer.child.ts FOLDER HOW_MANY     says how many it read back
 */
import { Console, Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { layerLocal } from "./local.ts"

const [, , folder = "", howMany = "0"] = process.argv

const program = Effect.gen(function* () {
  const { load, store } = yield* Artifacts
  const sheets = Array.from({ length: Number(howMany) }, (_, index) => new Uint8Array(50_000).fill(index))
  const hashes = yield* Effect.forEach(sheets, store, { concurrency: 8 })
  const read = yield* Effect.forEach(hashes, load, { concurrency: 8 })
  yield* Console.log(read.length)
})

await Effect.runPromise(Effect.provide(program, layerLocal(folder)))
