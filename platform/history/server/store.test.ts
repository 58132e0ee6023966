/** One contract over tables in a folder and over the client's wire path, which meets a small HTTP front of chDB here. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeEach, describe, it } from "@effect/vitest"
import { checksums } from "../checksums.ts"
import { HistoryError } from "../history-error.ts"
import { tableNames } from "../projection.ts"
import { blocksOf, hurry, project, storeContract } from "../store.contract.ts"
import { openStore, type Store } from "../store.ts"
import type { ServerAddress } from "./address.ts"
import { type Fault, startChdbFront } from "./chdb-front.fixture.ts"
import { openServerStore } from "./store.ts"

const home = mkdtempSync(join(tmpdir(), "onefold-store-"))
const front = await startChdbFront()
afterAll(async () => {
  await front.stop()
  rmSync(home, { recursive: true, force: true })
})

const contentOf = (store: Store): Readonly<Record<string, string>> => {
  const connection = store.connect()
  try {
    return checksums(connection)
  } finally {
    connection.close()
  }
}

const reference = await (async () => {
  const store = openStore(join(home, "reference"))
  const tables = store.connect()
  hurry(tables)
  tables.close()
  project(store, 1000)
  const content = contentOf(store)
  await store.close()
  return content
})()

storeContract(
  "in a folder",
  async () => openStore(join(home, "history")),
  () => reference
)
storeContract(
  "behind HTTP",
  async () => openServerStore(front.address),
  () => reference
)

const reasonOf = (act: () => unknown): HistoryError => {
  try {
    act()
  } catch (cause) {
    if (cause instanceof HistoryError) return cause
    throw cause
  }
  throw new Error("nothing failed")
}

/** Uses a store of the front with empty tables. */
const within = async (address: ServerAddress, use: (store: Store) => Promise<void>): Promise<void> => {
  const store = openServerStore(address)
  try {
    const connection = store.connect()
    hurry(connection)
    for (const table of tableNames) connection.run(`TRUNCATE TABLE ${table}`)
    await use(store)
  } finally {
    await store.close()
  }
}

/** Enough to see what a fault does. */
const someTables = ["rollouts", "policies", "tokens"]
const some = (store: Store) => blocksOf(store).filter(({ table }) => someTables.includes(table))
const someOf = (content: Readonly<Record<string, string>>) => someTables.map((table) => content[table])

describe("an insert over HTTP", () => {
  beforeEach(() => front.failNextInserts([]))

  it.each<ReadonlyArray<Fault>>([["lose-answer"], ["refuse"], ["busy"], ["lose-answer", "refuse", "lose-answer"]])(
    "that met %s is sent again, and leaves each row once",
    async (...faults) => {
      await within(front.address, async (store) => {
        await front.failNextInserts(faults)
        for (const block of some(store)) store.insert(block)
        assert.deepStrictEqual(someOf(contentOf(store)), someOf(reference))
      })
    }
  )

  it("that timed out after it had succeeded leaves no second row", async () => {
    await within({ ...front.address, requestMillis: 3000 }, async (store) => {
      await front.failNextInserts(["late-answer"])
      for (const block of some(store)) store.insert(block)
      assert.deepStrictEqual(someOf(contentOf(store)), someOf(reference))
    })
  })

  it("that is given up may be in the table, and a projection that begins again leaves each row once", async () => {
    await within(front.address, async (store) => {
      await front.failNextInserts(["lose-answer", "lose-answer", "lose-answer", "lose-answer"])
      assert.strictEqual(reasonOf(() => project(store, 1000)).reason, "unreachable")
      project(store, 1000)
      assert.deepStrictEqual(contentOf(store), reference)
    })
  })
})

describe("a server", () => {
  it("that is not there is named", () => {
    const error = reasonOf(() => openServerStore({ ...front.address, url: "http://127.0.0.1:1" }))
    assert.strictEqual(error.reason, "unreachable")
    assert.include(error.message, "http://127.0.0.1:1: ECONNREFUSED")
  })

  it("that does not know the user says so, and nobody says the password", () => {
    const error = reasonOf(() => openServerStore({ ...front.address, password: "a wrong word" }))
    assert.strictEqual(error.reason, "not-admitted")
    assert.notInclude(JSON.stringify(error), "a wrong word")
  })
})
