/**
 * The corpus the base is pretrained on: problems with sloppy solutions, without end.
 *
 * No prompt of the test split or of the pool is ever in it.
 */

import { type Randomness, sequence } from "../../random/sequence.ts"
import { hashOf } from "../../random/uniform-at.ts"
import { drawTask } from "./families.ts"
import { type Family, families, splitOf, type Task } from "./problem.ts"
import { drawStyle, respond, type Style } from "./styles.ts"

export interface Document {
  readonly family: Family
  readonly style: Style
  readonly prompt: string
  readonly response: string
}

const drawPretrainingTask = (family: Family, random: Randomness): Task => {
  for (;;) {
    const task = drawTask(family, random)
    if (splitOf(task.prompt) === "pretrain") return task
  }
}

/**
 * Documents without end, always the same for a seed (a uint32); families are equally likely.
 *
 * `openers` puts the style's opening token before a response; it changes nothing else of the document.
 */
export function* documents(seed: number, options: { readonly openers: boolean }): Generator<Document, never> {
  const random = sequence(seed, hashOf("documents"))
  for (;;) {
    const family = random.choice(families)
    const task = drawPretrainingTask(family, random)
    const style = drawStyle(family, random)
    yield { family, style, prompt: task.prompt, response: respond(task, style, random, options.openers) }
  }
}
