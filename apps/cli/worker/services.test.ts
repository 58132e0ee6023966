/** What a worker waits for until it is ready is what it joins. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { addressOf } from "./http-address.ts"
import { groupsOf, updateRoles, watchedOf, workerKinds } from "./services.ts"

describe("the groups of a worker", () => {
  it("given every kind and role, then each joins a group of its own, and one that plays all roles joins all", () => {
    for (const kind of workerKinds) assert.isNotEmpty(groupsOf(kind, updateRoles), kind)
    const each = updateRoles.flatMap((role) => groupsOf("update", [role]))
    assert.deepStrictEqual(groupsOf("update", updateRoles), each)
    assert.strictEqual(new Set(each).size, each.length)
  })

  it("given what a worker watches, then it is among what it joins, and groups that share out runs are not", () => {
    for (const kind of workerKinds) {
      const joined = groupsOf(kind, updateRoles)
      const watched = watchedOf(kind, updateRoles).map(({ group }) => group)
      assert.deepStrictEqual(
        watched.filter((group) => !joined.includes(group)),
        []
      )
      assert.deepStrictEqual(
        joined.filter((group) => !watched.includes(group)).filter((group) => !group.startsWith("hosts-")),
        []
      )
    }
  })
})

describe("where a worker answers", () => {
  it.effect("given an address, then host and port are told apart; a port alone is loopback's", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* addressOf("9464"), { host: "127.0.0.1", port: 9464 })
      assert.deepStrictEqual(yield* addressOf("0.0.0.0:0"), { host: "0.0.0.0", port: 0 })
      assert.deepStrictEqual(yield* addressOf("[::1]:80"), { host: "::1", port: 80 })
      for (const text of ["", "host", "host:", ":80", "host:70000", "::1:80", "http://host:80", "host:8o"])
        assert.include(String(yield* Effect.flip(addressOf(text))), "is no address", text)
    })
  )
})
