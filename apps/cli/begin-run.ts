/**
 * A configuration becomes a run: its RunStarted is written, and its first sitting conducted to its end.
 */
import { Effect, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { makeMissing } from "../../platform/log/missing-topics.ts"
import { topics } from "../../schemas/catalogue.ts"
import { RunId } from "../../schemas/ids.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import { RunStarted } from "../../schemas/run-started.ts"
import { initialAdapterBytes } from "./adapter.ts"
import type { Base } from "./base.ts"
import { logEnds, publish, takePlaces } from "./conduct.ts"
import { initialCriticBytes } from "./critic-settings.ts"
import type { DataFolder } from "./data-folder.ts"
import { runOf } from "./embedded.ts"
import { currentEnvironment } from "./environment.ts"
import { dataHashOf, sha256 } from "./hash-of-data.ts"
import { recordedRuns } from "./recorded.ts"
import type { Reporter } from "./reporter.ts"
import { sit } from "./sitting.ts"
import { version } from "./version.ts"

/** The first name of its kind that is free: mini-two-1-1, mini-two-1-2… */
const freeName = Effect.fn("beginRun.freeName")(function* ({ preset, prompts }: RunConfig) {
  const taken = new Set((yield* recordedRuns()).map(({ started }) => String(started.runId)))
  const stem = [preset, ...prompts.slice(0, 1).map(({ promptId }) => promptId.replace(/[^a-z0-9]+/g, "-"))].join("-")
  for (let n = 1; ; n++) if (!taken.has(`${stem}-${n}`)) return RunId.make(`${stem}-${n}`)
})

export const configText = Schema.encodeSync(Schema.fromJsonString(RunConfig))

export interface Beginning {
  readonly config: RunConfig
  readonly base: Base
  readonly folder: DataFolder
  readonly reporter: Reporter
  /** The artifacts that its benchmarks name as their sheets. */
  readonly sheets?: ReadonlyArray<Uint8Array>
  /** A name that no run has; where left out, the first of its kind that is free. */
  readonly name?: RunId
  /** Whether no other run goes on in this process; so where left out. */
  readonly alone?: boolean
}

/** How a run begins that is not in the log yet: what its events will name is stored. */
export const startedOf = Effect.fn("beginRun.startedOf")(function* ({
  base,
  config,
  name,
  sheets = []
}: Omit<Beginning, "folder" | "reporter">) {
  const text = configText(config)
  const runId = name ?? (yield* freeName(config))
  const started = new RunStarted({
    runId,
    causes: [],
    codeVersion: version,
    config: text,
    configHash: sha256(text),
    dataHash: dataHashOf(config),
    tokenizerHash: base.tokenizerHash,
    baseHash: base.weightsHash,
    environment: yield* currentEnvironment,
    logStart: yield* logEnds
  })
  const artifacts = yield* Artifacts
  yield* artifacts.store(base.weights)
  // A fork's first policy and critic lie in the folder already.
  const isFork = config.fork !== undefined
  if (!isFork && config.critic !== undefined) yield* artifacts.store(yield* initialCriticBytes(base))
  // A recorded policy's adapter lies there already, and no seed would draw it.
  if (!isFork && config.lora !== undefined && config.model.of === undefined)
    yield* artifacts.store(initialAdapterBytes(base.config, config.lora, config.seed))
  for (const sheet of sheets) yield* artifacts.store(sheet)
  return started
})

/** Starts a run and conducts it until it is finished or paused. */
export const beginRun = Effect.fn("beginRun")(function* (beginning: Beginning) {
  const { alone = true, base, folder, reporter } = beginning
  yield* makeMissing(topics)
  const started = yield* startedOf(beginning)
  const { logStart: from, runId } = started
  yield* takePlaces({ runId, from })
  yield* publish(started)
  const run = yield* runOf(started, base)
  const ending = yield* sit({ run, started, folder, session: 1, step: started.firstStep, reporter, alone })
  return { ending, run }
})
