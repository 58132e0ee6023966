/**
 * Where the parameters of a stored policy lie, as its own file says: for whoever has the artifact and not the model.
 */
import { Effect } from "effect"
import { laidOut } from "../parameters.ts"
import { headerOf } from "./safetensors.ts"

/** The layout of a file that encodeParameters wrote. Fails with CheckpointInvalid. */
export const storedLayout = Effect.fn("checkpoint.storedLayout")(function* (bytes: Uint8Array, file: string) {
  const { entries } = yield* headerOf(bytes, file)
  return laidOut(entries.map(({ name, shape }) => [name, shape] as const))
})
