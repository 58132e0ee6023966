import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { tokenizerConfigJson, tokenizerJson } from "../../datasets/miniature/tokenizer-json.ts"
import { readTokenizerFolder } from "./tokenizer-folder.ts"
import { TokenizerInvalid } from "./tokenizer-invalid.ts"

const names = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"] as const

/** A whole tokenizer in a folder of its own, with room beside it. */
const someFolder = Effect.acquireRelease(
  Effect.promise(async () => {
    const parent = await mkdtemp(join(tmpdir(), "onefold-tokenizer-"))
    const folder = join(parent, "model")
    await mkdir(folder)
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizerJson))
    await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify(tokenizerConfigJson))
    await writeFile(join(folder, "chat_template.jinja"), "{{ messages }}")
    return { parent, folder }
  }),
  ({ parent }) => Effect.promise(() => rm(parent, { recursive: true }))
)

describe("readTokenizerFolder", () => {
  it.effect("given a whole folder, then all three files", () =>
    Effect.gen(function* () {
      const { folder } = yield* someFolder
      const { chatTemplate, config } = yield* readTokenizerFolder(folder)
      assert.strictEqual(chatTemplate, "{{ messages }}")
      assert.deepStrictEqual(config, tokenizerConfigJson)
    })
  )

  it.effect.each(names.map((name) => ({ name })))(
    "given $name as a link that leads out of the folder, then it is refused by name",
    ({ name }) =>
      Effect.gen(function* () {
        const { folder, parent } = yield* someFolder
        yield* Effect.promise(async () => {
          await rename(join(folder, name), join(parent, name))
          await symlink(join("..", name), join(folder, name))
        })
        const error = yield* Effect.flip(readTokenizerFolder(folder))
        assert.instanceOf(error, TokenizerInvalid)
        assert.include(error.message, name)
        assert.include(error.message, "leads out of the folder")
      })
  )
})
