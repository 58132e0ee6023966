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
import { Causes, RunId, runStartedId, Sha256 } from "./ids.ts"
import { Count, LongCount } from "./quantities.ts"

/** As much of a configuration as says that its policies are adapters. */
const adaptedIn = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ lora: Schema.Struct({ initial: Sha256 }) }))
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

  /** The policy of step 0: the base, or the adapter that the configuration names. */
  get firstPolicyHash(): Sha256 {
    const adapted = adaptedIn(this.config)
    return adapted._tag === "Some" ? adapted.value.lora.initial : this.baseHash
  }
}
