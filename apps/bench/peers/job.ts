/**
 * A job that every tool does alike: a checkpoint, a prompt, and how many answers of which fixed length a step draws.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Schema } from "effect"

const Job = Schema.fromJsonString(
  Schema.Struct({
    name: Schema.String,
    prompts: Schema.Int,
    generations: Schema.Int,
    new_tokens: Schema.Int,
    temperature: Schema.Finite,
    beta: Schema.Finite,
    lr: Schema.Finite
  })
)
const Prompt = Schema.fromJsonString(Schema.Struct({ ids: Schema.Array(Schema.Int) }))

export interface Job {
  readonly name: string
  readonly checkpoint: string
  readonly prompt: Int32Array
  /** Groups a step, each of `groupSize` answers to the one prompt. */
  readonly groups: number
  readonly groupSize: number
  /** Of every answer. */
  readonly newTokens: number
  readonly temperature: number
  readonly klCoefficient: number
  readonly learningRate: number
}

export const jobFile = (peers: string, name: string): string => join(peers, "jobs", `${name}.json`)
export const checkpointFolder = (peers: string, name: string): string => join(peers, "ckpt", name)

/** Reads a job of the peers' folder. */
export const readJob = Effect.fn("peers.readJob")(function* (peers: string, name: string) {
  const text = (path: string) => Effect.promise(() => readFile(path, "utf8"))
  const job = yield* Schema.decodeUnknownEffect(Job)(yield* text(jobFile(peers, name)))
  const checkpoint = checkpointFolder(peers, name)
  const { ids } = yield* Schema.decodeUnknownEffect(Prompt)(yield* text(join(checkpoint, "prompt.json")))
  const read: Job = {
    name: job.name,
    checkpoint,
    prompt: Int32Array.from(ids),
    groups: job.prompts,
    groupSize: job.generations,
    newTokens: job.new_tokens,
    temperature: job.temperature,
    klCoefficient: job.beta,
    learningRate: job.lr
  }
  return read
})

/** Sequences whose activations live at once, where none are asked for: more are faster, and need more memory. */
export const defaultMicro: Readonly<Record<string, number>> = { mini: 32, small: 16, smol: 16 }
