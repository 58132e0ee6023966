/**
 * What is said between a run and the thread of a user's reward.
 */
import type { Earned } from "./earned.ts"
import type { Description } from "./own-reward.ts"
import type { LabelContext, RewardInput, RewardQuestion } from "./reward.ts"

/** What the thread runs: the text of the file, so that what was hashed is what runs, whatever becomes of the file. */
export interface RewardProgram {
  readonly source: string
  readonly isTypeScript: boolean
}

export type Greeting =
  | { readonly description: Description; readonly fault: null }
  | { readonly description: null; readonly fault: string }

export type Asked =
  | { readonly kind: "reward"; readonly input: RewardInput }
  | { readonly kind: "labels"; readonly questions: ReadonlyArray<RewardQuestion>; readonly context: LabelContext }

export type Told =
  | { readonly kind: "reward"; readonly earned: Earned }
  | { readonly kind: "labels"; readonly labels: ReadonlyArray<string> }
  | { readonly kind: "failed"; readonly why: string }
