/**
 * A reward that can be asked, whoever wrote it: those that come along run in line, a user's own in a confined thread.
 */
import { Duration, Effect, type Scope } from "effect"
import { backstop, confined } from "../confined/confined.ts"
import { type Ending, startLimit } from "../confined/thread.ts"
import { type Earned, earned, messageOf } from "./earned.ts"
import { LabelImpossible } from "./label-impossible.ts"
import { labelledAs, labelledBy, type Prompt, questionsFor } from "./labelled.ts"
import type { Description } from "./own-reward.ts"
import { builtIn } from "./registry.ts"
import { type ParameterValues, type Reward, type RewardInput, titleOf } from "./reward.ts"
import { RewardFileUnusable } from "./reward-errors.ts"
import type { RewardSource } from "./reward-file.ts"
import type { Asked, Greeting, RewardProgram, Told } from "./reward-thread.ts"

export interface OpenReward extends Pick<Reward, "name" | "parameters"> {
  /** name@version */
  readonly title: string
  /** What each answer earned, in their order. */
  readonly earn: (batch: ReadonlyArray<RewardInput>) => Effect.Effect<ReadonlyArray<Earned>, RewardFileUnusable>
  /** The examples with the answers that earn. */
  readonly label: (
    prompts: ReadonlyArray<Prompt>,
    parameters: ParameterValues,
    seed: number
  ) => Effect.Effect<ReadonlyArray<Prompt>, LabelImpossible | RewardFileUnusable>
}

export const openBuiltIn = (reward: Reward): OpenReward => {
  const title = titleOf(reward)
  return {
    title,
    name: reward.name,
    parameters: reward.parameters,
    earn: (batch) => Effect.sync(() => batch.map((input) => earned(title, reward.reward, input))),
    label: (prompts, parameters, seed) =>
      Effect.try({
        try: () => labelledBy(prompts, reward, parameters, seed),
        catch: (error) =>
          error instanceof LabelImpossible
            ? error
            : new LabelImpossible({ promptId: prompts[0]?.promptId ?? "", detail: messageOf(error) })
      })
  }
}

const deaths: Readonly<Record<Exclude<Ending, "time">, string>> = {
  memory: "ran out of memory",
  crash: "ended its thread",
  dismissed: "was interrupted"
}
/** @param limit of what it was doing when it ended */
const deathOf = (why: Ending | null, limit: Duration.Duration): string =>
  why === "time" ? `took longer than ${Duration.toSeconds(limit)} s` : deaths[why ?? "crash"]

const placeOf = ({ coordinates: { promptId, sampleIndex, step } }: RewardInput): string =>
  `step ${step}, ${promptId}, answer ${sampleIndex}`

/** Said in the answer's place; the thread's end is worth a warning too. */
const givenUp =
  (path: string) =>
  (asked: Asked, why: Ending | null): Effect.Effect<Told> => {
    const what = asked.kind === "labels" ? "labels" : placeOf(asked.input)
    return Effect.as(Effect.logWarning(`reward file ${path}, ${what}: it ${deathOf(why, backstop)}`), {
      kind: "failed",
      why: deathOf(why, backstop)
    })
  }

/** Starts the file's thread, which ends with the scope. Fails with RewardFileUnusable. */
export const openFile: (source: RewardSource) => Effect.Effect<OpenReward, RewardFileUnusable, Scope.Scope> = Effect.fn(
  "rewards.openFile"
)(function* ({ isTypeScript, path, source }: RewardSource) {
  const refused = (detail: string) =>
    new RewardFileUnusable({ path, detail, next: "docs/rewards.md says what such a file holds" })
  const data: RewardProgram = { source, isTypeScript }
  const url = new URL("./reward-worker.ts", import.meta.url)
  const thread = yield* confined<Greeting, Asked, Told>({
    program: { url, name: "reward", data, isForeign: true },
    givenUp: givenUp(path)
  })
  const cannotStart = ({ ending }: { readonly ending: Ending }) =>
    refused(`while it was loaded it ${deathOf(ending, startLimit)}`)
  const { description, fault } = yield* Effect.mapError(thread.greeting, cannotStart)
  if (description === null) return yield* refused(fault)
  if (builtIn(description.name) !== undefined)
    return yield* refused(`it calls its reward "${description.name}", and one of that name comes along`)
  return openThread(description, (asked) => Effect.mapError(thread.answers(asked), cannotStart), refused)
})

const openThread = (
  description: Description,
  ask: (asked: ReadonlyArray<Asked>) => Effect.Effect<ReadonlyArray<Told>, RewardFileUnusable>,
  refused: (detail: string) => RewardFileUnusable
): OpenReward => {
  const title = titleOf(description)
  const earnedOf = (told: Told): Earned => {
    if (told.kind === "reward") return told.earned
    return { reward: null, why: `reward ${title} ${told.kind === "failed" ? told.why : "answered with labels"}` }
  }
  return {
    title,
    name: description.name,
    parameters: description.parameters,
    earn: (batch) =>
      Effect.map(ask(batch.map((input): Asked => ({ kind: "reward", input }))), (told) => told.map(earnedOf)),
    label: Effect.fn("rewards.label")(function* (prompts, parameters, seed) {
      if (!description.hasLabels) return prompts
      const context = { seed, parameters }
      const [told] = yield* ask([{ kind: "labels", questions: questionsFor(prompts), context }])
      if (told.kind !== "labels") return yield* refused(told.kind === "failed" ? told.why : "it gave no labels")
      return prompts.map((prompt, i) => labelledAs(prompt, told.labels[i]))
    })
  }
}
