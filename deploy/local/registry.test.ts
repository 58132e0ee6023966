/** The local schema registry itself: that it comes, answers and leaves nothing behind. Skipped, aloud, without Java. */
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { startRegistry } from "./registry.ts"
import { isSkipped, running } from "./servers.fixture.ts"
import { goesWithItsStarter, withoutJava } from "./tied.fixture.ts"

const program = fileURLToPath(new URL("registry.ts", import.meta.url))

const answers = async (url: string): Promise<boolean> => {
  try {
    return Array.isArray(await (await fetch(`${url}/subjects`)).json())
  } catch {
    return false
  }
}

const first = await startRegistry()

describe.skipIf(isSkipped("the local schema registry", first))("a local schema registry", () => {
  it("answers while it runs, and not after stop, which may come twice", async () => {
    const { stop, url } = running(first)
    assert.isTrue(await answers(url))
    await stop()
    await stop()
    assert.isFalse(await answers(url))
  })

  goesWithItsStarter(program, "onefold-registry-", answers)
})

withoutJava(program, "Apicurio Registry")
