/**
 * Ratios of several numbers, and numbers of which only the rest of a division counts.
 */
import { equality } from "../expression/equal.ts"
import { fractionOf } from "../expression/evaluate.ts"
import type { Expression } from "../expression/tree.ts"
import type { Steps } from "../steps.ts"
import type { Answer } from "./answer.ts"
import type { Sameness } from "./same.ts"

const times = (a: Expression, b: Expression): Expression => ({ kind: "product", parts: [a, b] })

const expressions = (answer: Answer): ReadonlyArray<Expression> | null => {
  if (answer.kind !== "ratio") return null
  const found = answer.parts.flatMap((part) => (part.kind === "value" ? [part.expression] : []))
  return found.length === answer.parts.length ? found : null
}

/** `1:2:3` is `2:4:6`. */
export const isSameRatio = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  const [a, b] = [expressions(answer), expressions(reference)]
  if (a === null || b === null || a.length !== b.length) return "different"
  const isSame = a.every((one, at) => equality(times(one, b[0]), times(b[at], a[0]), steps) === "equal")
  return isSame ? { rule: "ratio" } : "different"
}

const wholeOf = (answer: Answer, steps: Steps): bigint | null => {
  const found = answer.kind === "value" ? fractionOf(answer.expression, steps) : null
  return found !== null && found.numerator % found.denominator === 0n ? found.numerator / found.denominator : null
}

const number = (answer: Answer): Answer =>
  answer.kind === "relation" && answer.relation === "=" ? answer.right : answer

const isCongruent = (a: Answer, b: Answer, modulus: Answer, steps: Steps): boolean => {
  const [x, y, m] = [a, b, modulus].map((one) => wholeOf(one, steps))
  return x !== null && y !== null && m !== null && m !== 0n && (x - y) % m === 0n
}

/** Two residues have the same modulus; a number alone is the residue as it is written. */
export const isSameResidue = (
  answer: Answer,
  reference: Answer,
  same: (a: Answer, b: Answer) => Sameness,
  steps: Steps
): Sameness => {
  const [a, b] = [answer, reference].map((one) => number(one.kind === "residue" ? one.of : one))
  if (answer.kind === "residue" && reference.kind === "residue") {
    if (typeof same(answer.modulus, reference.modulus) !== "object") return "different"
    if (isCongruent(a, b, reference.modulus, steps)) return { rule: "residue" }
  }
  return same(a, b)
}
