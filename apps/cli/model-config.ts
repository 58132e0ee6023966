/**
 * A model's config alone, without its weights.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { CheckpointInvalid } from "../../learning/policy/checkpoint-invalid.ts"
import { decodeConfig } from "../../learning/policy/config.ts"

const readJson = (file: string, absent: unknown) =>
  Effect.tryPromise({
    try: async (): Promise<unknown> => {
      const text = await readFile(file, "utf8").catch((cause) => {
        if (absent !== null && cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null
        throw cause
      })
      return text === null ? absent : JSON.parse(text)
    },
    catch: (cause) =>
      new CheckpointInvalid({ file, what: "", reason: cause instanceof Error ? cause.message : String(cause) })
  })

/** Reads config.json and generation_config.json. Fails with CheckpointInvalid. */
export const readConfig = Effect.fn("model.readConfig")(function* (folder: string) {
  const config = yield* readJson(join(folder, "config.json"), null)
  return yield* decodeConfig(config, yield* readJson(join(folder, "generation_config.json"), undefined))
})
