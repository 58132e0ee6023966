/**
 * The storm: kills and restarts at moments that the run's progress and a seed decide.
 *
 * Each kill waits until its worker's stage has an event in flight. To be sure of it, all workers of the stage are held
 * still (SIGSTOP) for the look: what is in flight then is so when the victim dies, and nobody finishes it in between.
 */
import { Clock, Effect } from "effect"
import type { Randomness } from "../../../learning/random/sequence.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { isInFlight, type Progress, refresh } from "./in-flight.ts"
import { type Broker, type Kind, kinds, type Worker, type Workers } from "./processes.ts"

export interface Dose {
  readonly kills: number
  readonly brokerRestarts: number
  readonly steps: number
}

/** Something that is due once the run has had so many updates. */
export type Blow =
  | { readonly type: "kill"; readonly due: number; readonly kind: Kind; readonly slot: number }
  | {
      readonly type: "restart"
      readonly due: number
      readonly signal: "SIGTERM" | "SIGKILL"
      readonly awayMillis: number
    }

/** All blows in their order, spread over the run's steps. */
export const plannedBlows = (random: Randomness, { brokerRestarts, kills, steps }: Dose): ReadonlyArray<Blow> => {
  const killing = Array.from({ length: kills }, (_, i): Blow => {
    const due = Math.floor((i * steps) / kills)
    return { type: "kill", due, kind: random.choice(kinds), slot: random.below(2) }
  })
  const restarting = Array.from({ length: brokerRestarts }, (_, i): Blow => {
    const due = Math.floor(((i + 0.5) * steps) / brokerRestarts)
    const signal = i % 2 === 0 ? "SIGKILL" : "SIGTERM"
    return { type: "restart", due, signal, awayMillis: random.between(1000, 5000) }
  })
  return [...killing, ...restarting].sort((a, b) => a.due - b.due)
}

export interface Storm {
  readonly runId: RunId
  readonly workers: Workers
  readonly broker: Broker
  readonly progress: Progress
  readonly tell: (word: Readonly<Record<string, unknown>>) => void
}

/** How long a kill waits for its own kind to have something in flight, and then for any kind. */
const [ownMillis, anyMillis] = [10_000, 60_000]

/** Between two looks. */
const look = "50 millis"

/** Kills this worker if its stage has an event in flight; says whether. */
const killInFlight = Effect.fn("storm.killInFlight")(function* ({ runId, workers }: Storm, victim: Worker) {
  if (!(yield* isInFlight(victim.kind, runId))) return false
  const held = workers.all.filter(({ kind }) => kind === victim.kind).map(({ child }) => child)
  for (const child of held) child.kill("SIGSTOP")
  const release = Effect.sync(() => {
    for (const child of held) child.kill("SIGCONT")
  })
  return yield* Effect.gen(function* () {
    if (!(yield* isInFlight(victim.kind, runId))) return false
    yield* Effect.promise(() => workers.kill(victim))
    return true
  }).pipe(Effect.ensuring(release))
})

/** Kills one worker; says which, and whether something was in flight. None where the run is over before. */
const kill = Effect.fn("storm.kill")(function* (storm: Storm, { kind, slot }: Blow & { readonly type: "kill" }) {
  const { progress, workers } = storm
  const begun = yield* Clock.currentTimeMillis
  const ready = (of: Kind): Worker | undefined => {
    const candidates = workers.all.filter((worker) => worker.kind === of && worker.ready)
    return candidates[slot % Math.max(1, candidates.length)]
  }
  while (!progress.finished && progress.failed === null) {
    const waited = (yield* Clock.currentTimeMillis) - begun
    for (const of of waited < ownMillis ? [kind] : kinds) {
      const victim = ready(of)
      if (victim === undefined) continue
      if (yield* killInFlight(storm, victim).pipe(Effect.orElseSucceed(() => false)))
        return { worker: victim.name, inFlight: true }
      if (waited < anyMillis) continue
      yield* Effect.promise(() => workers.kill(victim))
      return { worker: victim.name, inFlight: false }
    }
    yield* Effect.ignore(refresh(progress))
    yield* Effect.sleep(look)
  }
  return null
})

/** Waits until the run has had so many updates, or is over. */
export const untilStep = Effect.fn("storm.untilStep")(function* (progress: Progress, step: number) {
  while (progress.step < step && !progress.finished && progress.failed === null) {
    // While the broker is away nobody knows.
    yield* Effect.ignore(refresh(progress))
    yield* Effect.sleep(look)
  }
})

export interface Landed {
  readonly kills: number
  readonly inFlightAtKill: number
  readonly brokerRestarts: number
}

/** Deals all blows that the run lives to see. */
export const storming = Effect.fn("storm.storming")(function* (storm: Storm, blows: ReadonlyArray<Blow>) {
  const { broker, progress, tell } = storm
  let [kills, inFlightAtKill, brokerRestarts] = [0, 0, 0]
  for (const blow of blows) {
    yield* untilStep(progress, blow.due)
    if (progress.finished || progress.failed !== null) break
    if (blow.type === "restart") {
      tell({ type: "broker-restart", step: progress.step, signal: blow.signal, awayMillis: blow.awayMillis })
      yield* Effect.promise(() => broker.restart(blow.signal, blow.awayMillis))
      brokerRestarts++
      continue
    }
    const killed = yield* kill(storm, blow)
    if (killed === null) break
    kills++
    if (killed.inFlight) inFlightAtKill++
    tell({ type: "kill", step: progress.step, number: kills, ...killed })
  }
  const landed: Landed = { kills, inFlightAtKill, brokerRestarts }
  return landed
})
