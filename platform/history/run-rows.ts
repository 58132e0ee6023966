/**
 * Rows about the run itself: what happened to it, what could not be read.
 */
import type { DeadLettered } from "../../schemas/dead-lettered.ts"
import type { RunCancelled } from "../../schemas/run-cancelled.ts"
import type { RunFailed } from "../../schemas/run-failed.ts"
import type { RunFinished } from "../../schemas/run-finished.ts"
import type { RunPaused } from "../../schemas/run-paused.ts"
import type { RunResumed } from "../../schemas/run-resumed.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { type Block, type Origin, OriginColumns } from "./block.ts"
import { maybeUint32, text, texts, uint32, uint64, word } from "./columns.ts"

/** What an event of a run's life may say; what it does not say stays empty. */
interface Said {
  readonly kind: "started" | "paused" | "resumed" | "finished" | "failed" | "cancelled"
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

export type RunEvent = RunStarted | RunPaused | RunResumed | RunFinished | RunFailed | RunCancelled

const saidOf = (event: RunEvent): Said => {
  switch (event._tag) {
    case "RunStarted":
      return {
        kind: "started",
        session: 1,
        step: event.firstStep,
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
    case "RunCancelled":
      return { kind: "cancelled", step: event.step, reason: event.reason }
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
