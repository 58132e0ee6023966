/**
 * The program of a user's reward: its file's default export, asked answer by answer.
 *
 * The file is given as text and loaded from it, so it stands alone: it can import Node's own modules and no others.
 */
import { stripTypeScriptTypes } from "node:module"
import { workerData } from "node:worker_threads"
import { outOfMemoryCode, serve } from "../confined/serve.ts"
import { earned, messageOf } from "./earned.ts"
import { type OwnReward, ownReward } from "./own-reward.ts"
import { titleOf } from "./reward.ts"
import type { Asked, Greeting, RewardProgram, Told } from "./reward-thread.ts"

/** Bytes in buffers, which lie outside the heap that Node limits. */
const mostBufferBytes = 256 * 1024 * 1024

const load = async ({ isTypeScript, source }: RewardProgram): Promise<OwnReward | string> => {
  try {
    const script = isTypeScript ? stripTypeScriptTypes(source) : source
    const module = await import(`data:text/javascript;base64,${Buffer.from(script).toString("base64")}`)
    if (!("default" in module)) return "it has no default export"
    return ownReward(module.default)
  } catch (error) {
    return `it does not load: ${messageOf(error)}`
  }
}

const labelsFrom = ({ labels }: OwnReward, { context, questions }: Asked & { readonly kind: "labels" }): Told => {
  if (labels === null) return { kind: "labels", labels: questions.map(({ answer }) => answer) }
  try {
    const made = labels(questions, context)
    if (!Array.isArray(made) || made.length !== questions.length)
      return { kind: "failed", why: `labels returned no list of ${questions.length} answers` }
    const texts = made.filter((label): label is string => typeof label === "string" && label.trim() !== "")
    return texts.length === made.length
      ? { kind: "labels", labels: texts }
      : { kind: "failed", why: "labels returned something that is no answer: each is a text, and not empty" }
  } catch (error) {
    return { kind: "failed", why: `labels threw: ${messageOf(error)}` }
  }
}

const answers = (own: OwnReward) => {
  const title = titleOf(own.description)
  return (asked: Asked): Told => {
    const told: Told =
      asked.kind === "labels"
        ? labelsFrom(own, asked)
        : { kind: "reward", earned: earned(title, own.reward, asked.input) }
    // The answer is not sent: asked again alone, it may be had with the memory of a fresh thread.
    if (process.memoryUsage().arrayBuffers > mostBufferBytes) process.exit(outOfMemoryCode)
    return told
  }
}

const program: RewardProgram = workerData
const own = await load(program)
const greeting: Greeting =
  typeof own === "string" ? { description: null, fault: own } : { description: own.description, fault: null }
serve<Asked, Told>(greeting, typeof own === "string" ? () => ({ kind: "failed", why: own }) : answers(own))
