/**
 * What an answer is: a value, several values, an interval, a matrix, an equation, or words.
 */
import type { Expression, Relation } from "../expression/tree.ts"

export type Answer =
  | {
      readonly kind: "value"
      /** As it was written, in one spelling. */
      readonly text: string
      readonly expression: Expression
      readonly isPercent: boolean
      /** Whether dots said that its digits go on. */
      readonly isCut: boolean
      /** The words behind it, or "". */
      readonly unit: string
    }
  | { readonly kind: "words"; readonly text: string }
  /** Values side by side, of which order says nothing: `1, 2`, `1 or 2`, `\{1, 2\}`, `±1`. */
  | { readonly kind: "several"; readonly parts: ReadonlyArray<Answer>; readonly isSet: boolean }
  /** Also an interval: which one it is, a pair in round brackets does not say. */
  | { readonly kind: "tuple"; readonly open: string; readonly close: string; readonly parts: ReadonlyArray<Answer> }
  /** Numbers in proportion, three at least. */
  | { readonly kind: "ratio"; readonly parts: ReadonlyArray<Answer> }
  | { readonly kind: "residue"; readonly of: Answer; readonly modulus: Answer }
  | { readonly kind: "union"; readonly parts: ReadonlyArray<Answer> }
  | { readonly kind: "matrix"; readonly rows: ReadonlyArray<ReadonlyArray<Answer>> }
  | {
      readonly kind: "relation"
      readonly relation: Relation
      readonly left: Answer
      readonly right: Answer
    }
  /** What the parser cannot read; equal to the same text only. */
  | { readonly kind: "unreadable"; readonly text: string }
