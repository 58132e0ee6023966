/**
 * What each kind of worker serves: stages that any number of workers share, and deciders that one hosts for a run.
 */
import { Effect } from "effect"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import { complete } from "../../../pipelines/evaluate/complete.ts"
import { evaluate } from "../../../pipelines/evaluate/stage.ts"
import { generate } from "../../../pipelines/generate/stage.ts"
import { apply } from "../../../pipelines/update/apply.ts"
import { applyCritic } from "../../../pipelines/update/apply-critic.ts"
import { criticGradient } from "../../../pipelines/update/critic-gradient.ts"
import { gradient } from "../../../pipelines/update/gradient.ts"
import { group } from "../../../pipelines/update/group.ts"
import { schedule } from "../../../pipelines/update/schedule.ts"
import { score } from "../../../pipelines/update/score.ts"
import { verify } from "../../../pipelines/verify/stage.ts"
import type { Watched } from "../../../platform/stream/lag.ts"
import { type Serving, serveDecider, serveStage, topicsOf } from "../../../platform/stream/serve.ts"
import type { Delivered, EventOf, Stage, Tag } from "../../../platform/stream/stage.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { refusingBy } from "../verification/refusing.ts"
import { Directory, type ListedRun } from "./directory.ts"
import { Engines } from "./engines.ts"
import { host } from "./hosting.ts"
import { toleranceOf } from "./judge.ts"
import { RunLibrary, refusingStrangers } from "./run-library.ts"

export const workerKinds = ["generate", "verify", "update", "evaluate", "history"] as const
export type WorkerKind = (typeof workerKinds)[number]

export const updateRoles = ["schedule", "gradient", "apply"] as const
export type UpdateRole = (typeof updateRoles)[number]

/** Says that a consumer group dealt this worker its partitions. */
export type Joined = (group: string) => Effect.Effect<void>

/** A stage whose batches may hold several runs: each run's events with the engine of that run. */
const withEngines = <In extends Tag, E, R>(stage: Stage<In, E, R>) => ({
  ...stage,
  handle: Effect.fn("worker.withEngines")(function* (deliveries: ReadonlyArray<Delivered<EventOf<In>>>) {
    const engines = yield* Engines
    const byRun = Map.groupBy(deliveries, ({ event }) => event.runId)
    const outputs = yield* Effect.forEach(
      byRun,
      ([runId, own]) =>
        Effect.scoped(
          Effect.flatMap(engines.of(runId), (engine) =>
            stage.handle(own).pipe(Effect.provideService(PolicyEngine, engine))
          )
        ),
      { concurrency: "unbounded" }
    )
    return outputs.flat()
  })
})

/** Serves a stage for every run, sharing them with others; what one event does to it does not stop it. */
export const shared = <In extends Tag, E, R>(stage: Stage<In, E, R>, joined: Joined) =>
  Effect.gen(function* () {
    const refusing = yield* refusingStrangers
    const serving: Serving = { runId: null, from: [], finishing: true, refusing, dealt: () => joined(stage.name) }
    return yield* serveStage(stage, serving, toleranceOf(yield* Directory))
  })

/** Live; or paused, and the step in hand is not done. */
const isUnderWay = ({ pausedAt, standing, step }: ListedRun): boolean =>
  standing === "live" || (standing === "paused" && pausedAt !== null && step <= pausedAt)

/** Serves deciders for one run after another, side by side, each alone. */
const hosted = <E, R>(
  name: string,
  joined: Joined,
  serve: (serving: Serving, config: RunConfig) => ReadonlyArray<Effect.Effect<never, E, R>>
) => {
  const group = `hosts-${name}`
  return host({
    group,
    wants: isUnderWay,
    isVital: true,
    serve: ({ started: { logStart: from, runId } }) =>
      Effect.gen(function* () {
        // Loaded first: what is refused must not depend on whether a run can be had at the moment.
        const { plan } = yield* (yield* RunLibrary).of(runId)
        const serving: Serving = { runId, from, finishing: true, refusing: refusingBy(plan) }
        return yield* Effect.all(serve(serving, plan.config), { concurrency: "unbounded", discard: true })
      }),
    dealt: () => joined(group)
  })
}

const gradients = (joined: Joined) =>
  Effect.all(
    [
      shared(withEngines(score), joined),
      shared(withEngines(gradient), joined),
      shared(withEngines(criticGradient), joined)
    ],
    { concurrency: "unbounded", discard: true }
  )

/** What a worker serves until it is stopped. */
export const stagesOf = (kind: Exclude<WorkerKind, "history">, roles: ReadonlyArray<UpdateRole>, joined: Joined) => {
  const isUpdate = (role: UpdateRole): boolean => kind === "update" && roles.includes(role)
  return Effect.all(
    [
      kind === "generate" ? shared(withEngines(generate), joined) : Effect.never,
      kind === "verify" ? shared(verify, joined) : Effect.never,
      isUpdate("schedule")
        ? hosted("schedule", joined, (serving) => [serveDecider(schedule, serving), serveDecider(group, serving)])
        : Effect.never,
      isUpdate("gradient") ? gradients(joined) : Effect.never,
      isUpdate("apply")
        ? hosted("apply", joined, (serving, { critic }) => [
            serveDecider(apply, serving),
            ...(critic === undefined ? [] : [serveDecider(applyCritic, serving)])
          ])
        : Effect.never,
      kind === "evaluate" ? shared(withEngines(evaluate), joined) : Effect.never,
      kind === "evaluate" ? hosted("evaluate", joined, (serving) => [serveDecider(complete, serving)]) : Effect.never
    ],
    { concurrency: "unbounded", discard: true }
  )
}

/** How many consumer groups a worker of this kind joins, and so waits for until it is ready. */
export const groupsOf = (kind: WorkerKind, roles: ReadonlyArray<UpdateRole>): ReadonlyArray<string> => {
  switch (kind) {
    case "generate":
    case "verify":
      return [kind]
    case "evaluate":
      return [evaluate.name, "hosts-evaluate"]
    case "history":
      return ["hosts-history"]
    case "update":
      return roles.flatMap((role) =>
        role === "gradient" ? [score.name, gradient.name, criticGradient.name] : [`hosts-${role}`]
      )
  }
}

/** The groups whose lag a worker of this kind tells. */
export const watchedOf = (kind: WorkerKind, roles: ReadonlyArray<UpdateRole>): ReadonlyArray<Watched> => {
  const stages = [generate, verify, evaluate, score, gradient, criticGradient]
  const groups = new Set(groupsOf(kind, roles))
  return stages.flatMap(({ consumes, name }) => (groups.has(name) ? [{ group: name, topics: topicsOf(consumes) }] : []))
}
