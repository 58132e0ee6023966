/**
 * Words around an answer that say nothing of its value: before it what it is, behind it for what it holds.
 */
import { wordsClose, wordsOpen } from "./clean.ts"

const introduction = new RegExp(
  `^${wordsOpen}[^${wordsClose}]*(?:[:=]|\\b(?:is|are|be|equals|both|points?|answers?|values?|approximately|about))\\s*${wordsClose} ?:? ?(?=[^ ])`,
  "i"
)

const condition = new RegExp(
  `,? ?${wordsOpen}[ ,]*(?:for (?:all|every|each|any)|where)\\b[^${wordsClose}]*${wordsClose}[^${wordsOpen}]*$`,
  "i"
)

/** A point by its name: `P(1, 2)`. */
const namedPoint = /^[A-Z] ?(?=\([^()]*,[^()]*\)$)/

export const withoutPhrases = (text: string): string => {
  const begun = text.replace(introduction, "").replace(namedPoint, "")
  const end = condition.exec(begun)
  return (end === null || end.index === 0 ? begun : begun.slice(0, end.index)).trim()
}

/** Sayings for the set of all numbers and for none of them. */
const everything = /^(?:all|any|every|the set of all) real(?:s| numbers?| x| values?)?(?: of x| x)?$|^the real numbers$/
const noneAtAll = /^(?:(?:there (?:is|are) )?no (?:real )?solutions?(?: exists?)?|(?:the )?empty set)$/

export const saying = (words: string): "everything" | "nothing" | null =>
  everything.test(words) ? "everything" : noneAtAll.test(words) ? "nothing" : null
