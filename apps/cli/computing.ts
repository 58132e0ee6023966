/**
 * Whether a run can compute as it was asked to, here.
 */
import { Effect } from "effect"
import { chooseBackend } from "../../learning/policy/tensors/installation.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { askedBackend } from "./backend.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { checkSlots } from "./slots.ts"

/** Refuses what the backend cannot compute with, and flags that say the same thing twice. */
export const checkComputing = Effect.fn("computing.check")(function* (
  { precision, slots }: Pick<RunConfig, "precision" | "slots">,
  cacheBytes: number | null
) {
  const asked = yield* askedBackend
  yield* checkSlots({ slots: slots ?? null, cacheBytes })
  if (precision !== "bfloat16" || chooseBackend(asked.backend).backend === "tensorflow") return
  return yield* new OptionsConflict({
    reason:
      "--precision bfloat16 needs native TensorFlow, and there is only WebAssembly; leave it out, or see onefold doctor"
  })
})
