/**
 * The thread behind PolicyFold: keeps the states of open policies and folds into them, one request after another.
 */
import { parentPort } from "node:worker_threads"
import { FoldFailed, type FoldState, foldInto } from "./fold.ts"
import type { FoldReply, FoldRequest } from "./fold-service.ts"

const states = new Map<string, FoldState>()

const notOpen = (id: number, key: string): FoldReply => ({
  ...{ id, kind: "failed" as const, reason: "not-open" as const, detail: `no policy "${key}" is open` }
})

/** Copies, since what is sent is moved. */
const copyOf = ({ firstMoment, secondMoment, step, weights }: FoldState) => ({
  ...{ firstMoment: firstMoment.slice(), secondMoment: secondMoment.slice(), weights: weights.slice() },
  step
})

const read = ({ id, key }: Extract<FoldRequest, { kind: "read" }>): FoldReply => {
  const state = states.get(key)
  if (state === undefined) return notOpen(id, key)
  return { id, kind: "folded", step: { ...copyOf(state), gradientNorm: 0, partNorms: [], clipped: false } }
}

const apply = ({ ends, gradients, id, key, settings }: Extract<FoldRequest, { kind: "apply" }>): FoldReply => {
  const before = states.get(key)
  if (before === undefined) return notOpen(id, key)
  try {
    const { clipped, gradientNorm, partNorms, state } = foldInto(before, gradients, settings, ends)
    states.set(key, state)
    return { id, kind: "folded", step: { ...copyOf(state), gradientNorm, partNorms, clipped } }
  } catch (error) {
    if (error instanceof FoldFailed) return { id, kind: "failed", reason: error.reason, detail: error.detail }
    throw error
  }
}

const answer = (request: FoldRequest): FoldReply => {
  switch (request.kind) {
    case "open":
      states.set(request.key, request.state)
      return { id: request.id, kind: "done" }
    case "apply":
      return apply(request)
    case "read":
      return read(request)
    case "close":
      states.delete(request.key)
      return { id: request.id, kind: "done" }
  }
}

/** The arrays of a reply, which are moved: a message that is copied takes many times as long where they are large. */
const movable = (reply: FoldReply): Array<ArrayBuffer> =>
  reply.kind === "folded"
    ? [reply.step.firstMoment, reply.step.secondMoment, reply.step.weights].flatMap(({ buffer }) =>
        buffer instanceof ArrayBuffer ? [buffer] : []
      )
    : []

parentPort?.on("message", (request: FoldRequest) => {
  const reply = answer(request)
  parentPort?.postMessage(reply, movable(reply))
})
