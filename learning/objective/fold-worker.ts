/**
 * The thread behind PolicyFold: keeps the states of open policies and folds into them, one request after another.
 */
import { parentPort } from "node:worker_threads"
import { FoldFailed, type FoldState, foldInto } from "./fold.ts"
import type { FoldReply, FoldRequest } from "./fold-service.ts"

const states = new Map<string, FoldState>()

const apply = ({ gradients, id, key, settings }: Extract<FoldRequest, { kind: "apply" }>): FoldReply => {
  const before = states.get(key)
  if (before === undefined) return { id, kind: "failed", reason: "not-open", detail: `no policy "${key}" is open` }
  try {
    const { clipped, gradientNorm, state } = foldInto(before, gradients, settings)
    states.set(key, state)
    const { firstMoment, secondMoment, step, weights } = state
    return { id, kind: "folded", step: { firstMoment, secondMoment, step, weights, gradientNorm, clipped } }
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
    case "close":
      states.delete(request.key)
      return { id: request.id, kind: "done" }
  }
}

parentPort?.on("message", (request: FoldRequest) => parentPort?.postMessage(answer(request)))
