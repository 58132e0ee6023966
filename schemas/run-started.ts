/**
 * RunStarted — a configuration became a run. Everything that the run's bits follow from is named here.
 *
 *   written by  apps/cli
 *   read by     pipelines/update (schedule), apps/cli, history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/started
 *   on the wire schemas/run-started/v1.avsc
 */
import { Schema } from "effect"
import { Environment } from "./environment.ts"
import { Causes, RunId, runStartedId, Sha256, Step } from "./ids.ts"
import { Count, LongCount } from "./quantities.ts"

/** As much of a configuration as says where the run begins: as an adapter, or as another run's policy. */
const beginningIn = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({
      lora: Schema.optionalKey(Schema.Struct({ initial: Sha256 })),
      fork: Schema.optionalKey(Schema.Struct({ step: Step, policy: Schema.Struct({ hash: Sha256 }) }))
    })
  )
)

export class RunStarted extends Schema.TaggedClass<RunStarted>()("RunStarted", {
  runId: RunId,
  /** Empty: a run starts by somebody's wish. */
  causes: Causes,
  /** Version of Onefold that started the run. */
  codeVersion: Schema.NonEmptyString,
  /** The resolved RunConfig as JSON text. */
  config: Schema.NonEmptyString,
  /** SHA-256 of `config` in UTF-8. */
  configHash: Sha256,
  /** SHA-256 of the resolved prompts with their answers. */
  dataHash: Sha256,
  /** SHA-256 of the base's tokenizer.json. */
  tokenizerHash: Sha256,
  /** SHA-256 of the base's model.safetensors. */
  baseHash: Sha256,
  environment: Environment,
  /** No event of this run lies before these offsets; a topic or partition that is not named counts from 0. */
  logStart: Schema.Array(Schema.Struct({ topic: Schema.NonEmptyString, partition: Count, offset: LongCount }))
}) {
  get eventId(): string {
    return runStartedId(this.runId)
  }

  /** The policy of the first step: the base, the adapter that the configuration names, or the policy of the run it forks. */
  get firstPolicyHash(): Sha256 {
    const beginning = beginningIn(this.config)
    if (beginning._tag === "None") return this.baseHash
    const { fork, lora } = beginning.value
    return fork?.policy.hash ?? lora?.initial ?? this.baseHash
  }

  /** Updates that the first policy has had: 0 but where the run forks another. */
  get firstStep(): Step {
    const beginning = beginningIn(this.config)
    return beginning._tag === "None" ? 0 : (beginning.value.fork?.step ?? 0)
  }
}
