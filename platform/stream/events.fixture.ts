/**
 * Events of an imagined run, as tests need them: named in a few words, delivered as the log would, put to a decider.
 */
import { Effect } from "effect"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { RunId, type Sha256 } from "../../schemas/ids.ts"
import { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { encode, payloadHash } from "../log/codec.ts"
import type { Decider, Delivered, EventOf, Tag } from "./stage.ts"

export const runId = RunId.make("imagined-run")

/** A SHA-256 that is easy to tell from others. */
export const hash = (digit: string): Sha256 => digit.repeat(64)

/** An event as a stage gets it. */
export const delivered = <E extends OnefoldEvent>(event: E): Delivered<E> => ({
  event,
  id: event.eventId,
  sha256: payloadHash(encode(event))
})

export const generated = (fields: Partial<RolloutGenerated> = {}): RolloutGenerated =>
  new RolloutGenerated({ ...goldenEvents.RolloutGenerated, runId, step: 0, cohort: 0, sampleIndex: 0, ...fields })

export const graded = (fields: Partial<RolloutGraded> = {}): RolloutGraded =>
  new RolloutGraded({ ...goldenEvents.RolloutGraded, runId, step: 0, sampleIndex: 0, ...fields })

/** What a decider writes when these events come in this order, and the state it ends in. */
export const play = <State, In extends Tag, E, R>(
  decider: Decider<State, In, E, R>,
  events: ReadonlyArray<EventOf<In>>,
  before: State = decider.initialState
) =>
  Effect.gen(function* () {
    let state = before
    const outputs: Array<OnefoldEvent> = []
    for (const event of events) {
      const delivery: Delivered<EventOf<In>> = delivered(event)
      state = decider.evolve(state, delivery)
      outputs.push(...(yield* decider.decide(state, delivery)))
    }
    return { state, outputs }
  })
