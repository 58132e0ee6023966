/**
 * An expression as a tree: what the parser makes of LaTeX or of a line of arithmetic, and what values are computed from.
 */
import type { Rational } from "./rational.ts"

export type Relation = "=" | "!=" | "<" | "<=" | ">" | ">="

export type Expression =
  | {
      readonly kind: "number"
      readonly value: Rational
      /** Digits after the point, where it was written with one. */
      readonly places: number | null
    }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "constant"; readonly name: "pi" | "e" | "i" | "infinity" }
  | { readonly kind: "sum"; readonly parts: ReadonlyArray<Expression> }
  | { readonly kind: "product"; readonly parts: ReadonlyArray<Expression> }
  | { readonly kind: "negative"; readonly of: Expression }
  | { readonly kind: "quotient"; readonly above: Expression; readonly below: Expression }
  | { readonly kind: "power"; readonly base: Expression; readonly exponent: Expression }
  /** A known function, or any other name applied to arguments. */
  | { readonly kind: "call"; readonly name: string; readonly parts: ReadonlyArray<Expression> }
  | { readonly kind: "relation"; readonly relation: Relation; readonly left: Expression; readonly right: Expression }

/** The expressions directly below. */
export const children = (expression: Expression): ReadonlyArray<Expression> => {
  switch (expression.kind) {
    case "number":
    case "symbol":
    case "constant":
      return []
    case "negative":
      return [expression.of]
    case "quotient":
      return [expression.above, expression.below]
    case "power":
      return [expression.base, expression.exponent]
    case "relation":
      return [expression.left, expression.right]
    default:
      return expression.parts
  }
}

/** Whether any expression of the tree, itself included, is such. Trees are no deeper than the parser lets them be. */
export const has = (expression: Expression, isSuch: (one: Expression) => boolean): boolean =>
  isSuch(expression) || children(expression).some((child) => has(child, isSuch))

export const hasSymbol = (expression: Expression): boolean =>
  has(expression, ({ kind }) => kind === "symbol" || kind === "relation")
