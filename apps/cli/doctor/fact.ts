/** One line of the doctor's report: what was looked at, what was found, and whether Onefold wants it otherwise. */
export interface Fact {
  readonly name: string
  readonly value: string
  /** False where something is missing or poor; `note` says what that costs. */
  readonly ok: boolean
  readonly note: string
  /** The command to type, where one mends it. */
  readonly mend?: string
}

/** What was found on asking a program or a package: its answer, or undefined where it is not there. */
export type Answer = string | undefined
