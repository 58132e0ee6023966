/**
 * The base model of a run: a Hugging Face folder, read and checked once.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { encodeParameters, readCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import { findFile } from "../../learning/policy/checkpoint/checkpoint-files.ts"
import type { PolicyConfig } from "../../learning/policy/config.ts"
import type { ParameterLayout } from "../../learning/policy/parameters.ts"
import { loadTokenizer, type Tokenizer, type TokenizerFiles } from "../../learning/policy/tokenizer/tokenizer.ts"
import { readTokenizerFolder } from "../../learning/policy/tokenizer/tokenizer-folder.ts"

/** The miniature's base, which ships with Onefold. */
export const miniatureBase = fileURLToPath(new URL("../../learning/datasets/miniature/base", import.meta.url))

/** What a run's configuration calls the miniature's base; any other model goes by the path of its folder. */
const miniatureName = "miniature"

/** The folder of a model as a configuration names it. */
export const folderOfModel = (name: string): string => (name === miniatureName ? miniatureBase : name)

/** How a configuration names the model of a folder. */
export const nameOfModel = (folder: string): string => (folder === miniatureBase ? miniatureName : resolve(folder))

export interface Base {
  readonly folder: string
  readonly config: PolicyConfig
  readonly layout: ParameterLayout
  /** The weights as the artifact that the run's events name. */
  readonly weights: Uint8Array
  readonly weightsHash: string
  readonly tokenizer: Tokenizer
  /** What it was read from: an engine tells stop texts by it. */
  readonly tokenizerFiles: TokenizerFiles
  readonly tokenizerHash: string
  /** config.json, tokenizer.json and so on as they are, for an export to carry along. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")

const carried = [
  ...["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"],
  ...["chat_template.jinja", "special_tokens_map.json"]
] as const

/** Reads a base. Fails with CheckpointInvalid or TokenizerInvalid, which name the file. */
export const loadBase = Effect.fn("base.load")(function* (folder: string) {
  const checkpoint = yield* readCheckpoint(folder)
  const files = new Map<string, Uint8Array>()
  for (const name of carried) {
    const found = yield* findFile(folder, name)
    if (found === null) continue
    const bytes = yield* Effect.promise(() => readFile(found.path).catch(() => null))
    if (bytes !== null) files.set(name, bytes)
  }
  const tokenizerFiles = yield* readTokenizerFolder(folder)
  const tokenizer = yield* loadTokenizer(tokenizerFiles)
  const weights = encodeParameters(checkpoint.layout, checkpoint.weights)
  const base: Base = {
    folder,
    config: checkpoint.config,
    layout: checkpoint.layout,
    weights,
    weightsHash: sha256(weights),
    tokenizer,
    tokenizerFiles,
    tokenizerHash: sha256(files.get("tokenizer.json") ?? ""),
    files
  }
  return base
})
