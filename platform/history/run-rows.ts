/**
 * Rows about the run itself and its work: what happened to it, what was asked for, what could not be read.
 */
import type { DeadLettered } from "../../schemas/dead-lettered.ts"
import type { EvaluationRequested } from "../../schemas/evaluation-requested.ts"
import type { GradientRequested } from "../../schemas/gradient-requested.ts"
import type { RolloutRequested } from "../../schemas/rollout-requested.ts"
import type { RunFailed } from "../../schemas/run-failed.ts"
import type { RunFinished } from "../../schemas/run-finished.ts"
import type { RunPaused } from "../../schemas/run-paused.ts"
import type { RunResumed } from "../../schemas/run-resumed.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { type Block, type Origin, OriginColumns } from "./block.ts"
import { maybeFloat64, maybeUint32, maybeUint64, text, texts, uint32, uint32s, uint64, word } from "./columns.ts"

/** What an event of a run's life may say; what it does not say stays empty. */
interface Said {
  readonly kind: "started" | "paused" | "resumed" | "finished" | "failed"
  readonly session?: number
  readonly step?: number
  readonly policy?: string
  readonly reason?: string
  readonly detail?: string
  readonly next?: string
  readonly started?: RunStarted
  readonly environment?: object
  readonly drift?: ReadonlyArray<string>
}

export type RunEvent = RunStarted | RunPaused | RunResumed | RunFinished | RunFailed

const saidOf = (event: RunEvent): Said => {
  switch (event._tag) {
    case "RunStarted":
      return {
        kind: "started",
        session: 1,
        step: 0,
        policy: event.firstPolicyHash,
        started: event,
        environment: event.environment
      }
    case "RunPaused":
      return { kind: "paused", session: event.session, step: event.step, reason: event.reason }
    case "RunResumed":
      return { kind: "resumed", session: event.session, environment: event.environment, drift: event.drift }
    case "RunFinished":
      return { kind: "finished", step: event.steps, policy: event.policyHash }
    case "RunFailed": {
      const { detail, next, reason, session, step } = event
      return { kind: "failed", session, step, reason, detail, next }
    }
  }
}

export class RunRows implements Block {
  readonly table = "runs"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    kind: word(),
    session: maybeUint32(),
    step: maybeUint32(),
    policy: word(),
    reason: text(),
    detail: text(),
    next: text(),
    code_version: word(),
    config: text(),
    config_hash: word(),
    data_hash: word(),
    tokenizer_hash: word(),
    environment: text(),
    drift: texts()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: RunEvent): void {
    const said = saidOf(event)
    const own = this.#own
    this.#origin.push(origin)
    own.kind.push(said.kind)
    own.session.push(said.session ?? null)
    own.step.push(said.step ?? null)
    own.policy.push(said.policy ?? "")
    own.reason.push(said.reason ?? "")
    own.detail.push(said.detail ?? "")
    own.next.push(said.next ?? "")
    own.code_version.push(said.started?.codeVersion ?? "")
    own.config.push(said.started?.config ?? "")
    own.config_hash.push(said.started?.configHash ?? "")
    own.data_hash.push(said.started?.dataHash ?? "")
    own.tokenizer_hash.push(said.started?.tokenizerHash ?? "")
    own.environment.push(said.environment === undefined ? "" : JSON.stringify(said.environment))
    own.drift.push(said.drift ?? [])
    this.rows++
  }
}

/** What a request may say; what it does not say stays empty or null. */
interface Asked {
  readonly kind: "rollouts" | "evaluation" | "gradient"
  readonly part: number
  readonly parts?: number
  readonly protocol?: string
  readonly temperature?: number
  readonly prompts?: ReadonlyArray<{
    readonly promptId: string
    readonly firstSample: number
    readonly samples: number
  }>
  readonly shard?: GradientRequested
}

export type RequestEvent = RolloutRequested | EvaluationRequested | GradientRequested

const askedOf = (event: RequestEvent): Asked => {
  switch (event._tag) {
    case "RolloutRequested":
      return { kind: "rollouts", part: event.cohort, prompts: event.prompts }
    case "EvaluationRequested": {
      const { cohort, cohorts, problemIds, protocol, samplesPerProblem, temperature } = event
      const prompts = problemIds.map((promptId) => ({ promptId, firstSample: 0, samples: samplesPerProblem }))
      return { kind: "evaluation", part: cohort, parts: cohorts, protocol, temperature, prompts }
    }
    case "GradientRequested":
      return { kind: "gradient", part: event.shard, parts: event.shards, shard: event }
  }
}

export class RequestRows implements Block {
  readonly table = "requests"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    kind: word(),
    part: uint32(),
    parts: maybeUint32(),
    policy: word(),
    protocol: word(),
    temperature: maybeFloat64(),
    prompts: texts(),
    first_samples: uint32s(),
    samples: uint32s(),
    rollouts: maybeUint32(),
    tokens: maybeUint64(),
    batch_tokens: maybeUint64(),
    reference: word(),
    packed: word()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: RequestEvent): void {
    const { kind, part, parts, prompts = [], protocol, shard, temperature } = askedOf(event)
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.kind.push(kind)
    own.part.push(part)
    own.parts.push(parts ?? null)
    own.policy.push(event.policyHash)
    own.protocol.push(protocol ?? "")
    own.temperature.push(temperature ?? null)
    own.prompts.push(prompts.map(({ promptId }) => promptId))
    own.first_samples.push(prompts.map(({ firstSample }) => firstSample))
    own.samples.push(prompts.map(({ samples }) => samples))
    own.rollouts.push(shard?.rollouts ?? null)
    own.tokens.push(shard?.tokens ?? null)
    own.batch_tokens.push(shard?.batchTokens ?? null)
    own.reference.push(shard?.referenceHash ?? "")
    own.packed.push(shard?.packedHash ?? "")
    this.rows++
  }
}

export class DeadLetterRows implements Block {
  readonly table = "dead_letters"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    reason: word(),
    detail: text(),
    record_topic: word(),
    record_partition: uint32(),
    record_offset: uint64(),
    record: text()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: DeadLettered): void {
    const own = this.#own
    this.#origin.push(origin)
    own.reason.push(event.reason)
    own.detail.push(event.detail)
    own.record_topic.push(event.topic)
    own.record_partition.push(event.partition)
    own.record_offset.push(event.offset)
    own.record.push(Buffer.from(event.record).toString("hex"))
    this.rows++
  }
}
