/** Connections to Kafka rest while nothing waits in them. */
import { createRequire } from "node:module"
import { assert, describe, it, vi } from "@effect/vitest"
import { mendQueues } from "./kafkajs-queues.ts"

mendQueues()

interface Queue {
  pending: Array<unknown>
  throttleCheckTimeoutId: unknown
  readonly checkPendingRequests: () => void
  readonly destroy: () => void
}

const isQueueClass = (found: unknown): found is new (options: object) => Queue => typeof found === "function"

const queueOf = (): Queue => {
  const found: unknown = createRequire(import.meta.url)("kafkajs/src/network/requestQueue/index.js")
  assert.isTrue(isQueueClass(found))
  if (!isQueueClass(found)) throw new Error("no class")
  const debug = () => undefined
  return new found({
    maxInFlightRequests: 0,
    requestTimeout: 1000,
    clientId: "test",
    broker: "nowhere",
    logger: { namespace: () => ({ debug }), debug },
    isConnected: () => true
  })
}

describe("a queue of requests", () => {
  it("given nothing in it, then no timer is set", () => {
    const queue = queueOf()
    queue.checkPendingRequests()
    assert.isNull(queue.throttleCheckTimeoutId)
  })

  it("given a request that has to wait, then it is looked at again until it is gone", () => {
    vi.useFakeTimers()
    try {
      const queue = queueOf()
      queue.pending.push({})
      queue.checkPendingRequests()
      assert.isNotNull(queue.throttleCheckTimeoutId)
      vi.advanceTimersByTime(50)
      assert.isNotNull(queue.throttleCheckTimeoutId)
      queue.pending = []
      vi.advanceTimersByTime(50)
      assert.isNull(queue.throttleCheckTimeoutId)
      queue.destroy()
    } finally {
      vi.useRealTimers()
    }
  })
})
