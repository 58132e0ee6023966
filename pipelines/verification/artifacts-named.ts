/**
 * The artifacts that an event names: those that were stored before it was written.
 */
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { Sha256 } from "../../schemas/ids.ts"
import type { Fork } from "../../schemas/run-config.ts"
import type { ArtifactKind } from "./findings.ts"
import type { RunPlan } from "./plan.ts"

export interface Named {
  readonly hash: Sha256
  readonly what: ArtifactKind
}

const maybe = (hash: Sha256 | null | undefined, what: ArtifactKind): ReadonlyArray<Named> =>
  hash == null ? [] : [{ hash, what }]

/** What a fork takes over. */
const begunWith = (state: Fork["policy"] | undefined, what: ArtifactKind): ReadonlyArray<Named> =>
  state === undefined
    ? []
    : [
        { hash: state.hash, what },
        { hash: state.state, what: "snapshot" }
      ]

export const artifactsNamed = (event: OnefoldEvent, { config }: RunPlan): ReadonlyArray<Named> => {
  switch (event._tag) {
    case "RunStarted":
      return [
        { hash: event.baseHash, what: "base" },
        ...maybe(config.lora?.initial, "policy"),
        ...maybe(config.critic?.initial, "critic"),
        ...begunWith(config.fork?.policy, "policy"),
        ...begunWith(config.fork?.critic, "critic"),
        ...(config.evaluation.benchmarks ?? []).map(({ sheet }): Named => ({ hash: sheet, what: "sheet" }))
      ]
    case "ScoresRequested":
    case "GradientRequested":
    case "CriticGradientRequested":
      return [{ hash: event.packedHash, what: "packed" }]
    case "GradientComputed":
    case "CriticGradientComputed":
      return [{ hash: event.gradientHash, what: "gradient" }]
    case "PolicyUpdated":
      return [{ hash: event.policyHash, what: "policy" }, ...maybe(event.snapshotHash, "snapshot")]
    case "CriticUpdated":
      return [{ hash: event.criticHash, what: "critic" }, ...maybe(event.snapshotHash, "snapshot")]
    default:
      return []
  }
}
