/**
 * A mend for kafkajs 2.2.4, whose every connection looks at its queue of requests each millisecond for as long as it lives,
 * also when nothing waits there: it computes the time until it may send again from a throttle that was never set, and a
 * timer in the past fires at once. A worker has dozens of connections. Here a queue is looked at while a request waits in it;
 * every answer looks at it as well.
 */
import { createRequire } from "node:module"

interface Queue {
  readonly pending: ReadonlyArray<unknown>
}

interface QueueClass {
  readonly prototype: { scheduleCheckPendingRequests: (this: Queue) => void }
}

const isQueueClass = (found: unknown): found is QueueClass =>
  typeof found === "function" &&
  typeof found.prototype === "object" &&
  typeof found.prototype?.scheduleCheckPendingRequests === "function"

const mended = new WeakSet<QueueClass>()

/** For every connection that is made from here on. */
export const mendQueues = (): void => {
  const found: unknown = createRequire(import.meta.url)("kafkajs/src/network/requestQueue/index.js")
  if (!isQueueClass(found)) throw new Error("this kafkajs has other queues of requests than 2.2.4")
  if (mended.has(found)) return
  mended.add(found)
  const schedule = found.prototype.scheduleCheckPendingRequests
  found.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this)
  }
}
