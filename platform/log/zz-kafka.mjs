import { Effect, Stream, Fiber } from "effect"
import { EventLog } from "./event-log.ts"
import { layerKafka } from "./kafka.ts"
const [,, job, brokers, id, n] = process.argv
const L = layerKafka({ brokers: [brokers], clientId: "zz" })
const d = (topic, i) => ({ topic, key: "k" + (i % 16), value: new TextEncoder().encode(String(i)) })
const copy = (tag) => Effect.gen(function* () {
  const log = yield* EventLog
  yield* log.consume({ group: "g" + id, topics: ["in" + id], maxBatch: 20, handle: ({ records, partition }) => Effect.gen(function* () {
    process.stdout.write(tag + " " + partition + " " + records.length + "\n")
    yield* Effect.sleep(30)
    return records.map((r) => ({ topic: "out" + id, key: r.key, value: r.value }))
  }) })
})
const check = Effect.gen(function* () {
  const log = yield* EventLog
  const all = (t) => Effect.map(Effect.forEach([0,1,2,3], (p) => Stream.runCollect(log.read(t, p, 0))), (ps) => ps.map((rs) => rs.map((r) => new TextDecoder().decode(r.value)).join(",")))
  const i = yield* all("in" + id), o = yield* all("out" + id)
  console.log(i.map((x, k) => x === o[k] ? "same " + x.split(",").length : "DIFF in " + x.split(",").length + " out " + o[k].split(",").length + " dup " + (o[k].split(",").length - new Set(o[k].split(",")).size)).join(" | "))
})
const feed = Effect.gen(function* () {
  const log = yield* EventLog
  yield* log.createTopics([{ name: "in" + id, partitions: 4 }, { name: "out" + id, partitions: 4 }])
  for (let i = 0; i < +n; i += 50) { yield* log.append(Array.from({ length: 50 }, (_, k) => d("in" + id, i + k))); yield* Effect.sleep(100) }
})
const wait = Effect.gen(function* () {
  const log = yield* EventLog
  yield* Effect.scoped(Stream.runDrain(Stream.take(log.tail(["out" + id], [0,1,2,3].map((partition) => ({ topic: "out" + id, partition, offset: 0 }))), +n)))
})
const ping = Effect.gen(function* () {
  const log = yield* EventLog
  const t = ["a", "b", "c"].map((x) => x + id)
  yield* log.createTopics(t.map((name) => ({ name, partitions: 4 })))
  const lag = []
  for (const [from, to] of [[0, 1], [1, 2]]) yield* Effect.forkChild(log.consume({ group: "g" + from + id, topics: [t[from]], handle: ({ records }) => Effect.succeed(records.map((r) => ({ topic: t[to], key: r.key, value: r.value }))) }))
  const seen = []
  yield* Effect.forkChild(log.consume({ group: "gz" + id, topics: [t[2]], handle: ({ records }) => Effect.sync(() => { seen.forEach((f) => f()); return [] }) }))
  yield* Effect.sleep(3000)
  const c0 = process.cpuUsage()
  yield* Effect.sleep(3000)
  const c1 = process.cpuUsage(c0); console.log("idle cpu", ((c1.user + c1.system) / 3e4).toFixed(1), "%")
  for (let i = 0; i < +n; i++) {
    const t0 = performance.now()
    const got = new Promise((r) => { seen.length = 0; seen.push(r) })
    yield* log.append([d(t[0], i)]); const ta = performance.now() - t0
    yield* Effect.promise(() => got)
    lag.push([ta, performance.now() - t0])
    yield* Effect.sleep(100)
  }
  const med = (k) => lag.map((x) => x[k]).sort((a, b) => a - b)[lag.length >> 1].toFixed(1)
  console.log("append ms", med(0), "through 2 stages into the third ms", med(1))
})
const jobs = { copy: copy("c" + process.pid), check, feed, wait, ping }
const alive = setInterval(() => {}, 1e6)
await Effect.runPromise(jobs[job].pipe(Effect.provide(L)))
clearInterval(alive); process.exit(0)
