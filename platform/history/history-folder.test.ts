/** Folders in which a history is opened, or is not. */
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { layerMemory } from "../log/memory.ts"
import { connect, settled } from "./chdb.ts"
import { contentOf, folder, project, reasonOf, within } from "./history.harness.ts"
import { migrate } from "./migrate.ts"

const openingFails = (path: string) => Effect.map(Effect.exit(within(path, Effect.void)), reasonOf)

describe("a folder", () => {
  it.effect("that is open already cannot be opened", () =>
    Effect.gen(function* () {
      const path = yield* folder
      assert.include(yield* within(path, openingFails(path)), "locked")
      yield* within(path, Effect.void)
    })
  )

  it.live("whose tables another process has open cannot be opened, even if that did not say so", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const holder = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const chdb = pathToFileURL(join(import.meta.dirname, "chdb.ts")).href
          const program = `import { connect } from "${chdb}"; connect(process.argv[1]); console.log("open"); setInterval(() => {}, 1000)`
          const child = spawn(process.execPath, ["--input-type=module", "-e", program, join(path, "tables")], {
            stdio: ["ignore", "pipe", "inherit"]
          })
          await new Promise((resolve) => child.stdout.once("data", resolve))
          return child
        }),
        (child) =>
          Effect.promise(async () => {
            const ended = new Promise((resolve) => child.once("exit", resolve))
            child.kill("SIGKILL")
            await ended
          })
      )
      assert.isNull(holder.exitCode)
      assert.include(yield* openingFails(path), "locked")
    })
  )

  it.effect("cannot be made where a file is", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "history")
      writeFileSync(path, "")
      assert.include(yield* openingFails(path), "not-writable")
    })
  )

  it.effect("of a newer version cannot be opened", () =>
    Effect.gen(function* () {
      const path = yield* folder
      yield* within(path, Effect.void)
      yield* Effect.promise(async () => {
        const connection = connect(join(path, "tables"))
        migrate(connection, path)
        connection.run("INSERT INTO migrations (version, name, sha256) VALUES (9999, 'later', '00')")
        connection.close()
        await settled()
      })
      assert.include(yield* openingFails(path), "newer-version")
    })
  )

  it.effect("may have a path with signs that the engine takes for a pattern", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "a{b,c}*[d] 'e' \\ ü")
      yield* project(path).pipe(Effect.provide(layerMemory))
      const { tokens } = yield* contentOf(path)
      assert.notMatch(tokens, /^0 /)
      assert.isFalse(existsSync(join(path, "tmp")))
    })
  )

  it.effect("keeps nothing but tables, also after a kill left files behind", () =>
    Effect.gen(function* () {
      const path = yield* folder
      mkdirSync(join(path, "tmp"))
      writeFileSync(join(path, "tmp", "tokens-3.native"), "half a block")
      yield* within(path, Effect.void)
      assert.deepStrictEqual(readdirSync(path), ["tables"])
    })
  )
})
