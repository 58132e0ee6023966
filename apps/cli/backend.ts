/**
 * The backend that ONEFOLD_BACKEND asks for.
 */
import { Config, Console, Effect, Option, Schema } from "effect"
import { nearest } from "../../learning/nearest.ts"
import { chooseBackend } from "../../learning/policy/tensors/installation.ts"

const backends = ["tensorflow", "wasm"] as const

export class UnknownBackend extends Schema.TaggedError<UnknownBackend>()("UnknownBackend", {
  name: Schema.String,
  suggestion: Schema.String
}) {
  override get message(): string {
    return `ONEFOLD_BACKEND names no backend: "${this.name}"; did you mean "${this.suggestion}"? Known: ${backends.join(", ")}. Without it, the installation's choice is taken`
  }
}

/**
 * What the environment asks for, as an option of the engine: none where it is not set or empty. Then the installation
 * chooses, and where it had to fall back to WebAssembly a person is told.
 */
export const askedBackend = Effect.gen(function* () {
  const asked = Option.getOrElse(yield* Config.option(Config.String("ONEFOLD_BACKEND")), () => "")
  if (asked === "") {
    const { backend, why } = chooseBackend(undefined)
    if (backend === "wasm")
      yield* Console.error(`WebAssembly computes here, many times slower than TensorFlow: ${why}; see onefold doctor`)
    return {}
  }
  const backend = backends.find((each) => each === asked)
  if (backend === undefined) return yield* new UnknownBackend({ name: asked, suggestion: nearest(asked, backends) })
  return { backend }
})
