/**
 * The tools that are compared, each started as a process of its own that prints one JSON line.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Schema } from "effect"
import { checkpointFolder, jobFile } from "./job.ts"
import { decodeToolLine } from "./tool-line.ts"

export const toolNames = ["onefold", "torch_loop", "trl", "hf_generate"] as const
export type ToolName = (typeof toolNames)[number]

export interface Setting {
  /** The folder with the peers' scripts, jobs and checkpoints. */
  readonly peers: string
  readonly python: string
  readonly job: string
  readonly threads: number
  /** Timed steps; each tool does one more before them. */
  readonly steps: number
  /** Onefold's sequences a gradient shard; the job's default where left out. */
  readonly micro: string | undefined
}

/** A tool did not come to its line. */
export class ToolFailed extends Schema.TaggedError<ToolFailed>()("ToolFailed", {
  tool: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.tool} did not end well: ${this.detail}`
  }
}

const own = fileURLToPath(new URL("./own-steps.ts", import.meta.url))

const commandOf = (tool: ToolName, setting: Setting): readonly [string, ReadonlyArray<string>] => {
  const { job, micro, peers, python, steps, threads } = setting
  const script = (file: string, ...more: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] => [
    python,
    [
      ...[join(peers, file), "--ckpt", checkpointFolder(peers, job), "--job", jobFile(peers, job)],
      ...["--threads", String(threads), ...more]
    ]
  ]
  switch (tool) {
    case "onefold":
      return [
        process.execPath,
        [
          ...[own, "--peers", peers, "--job", job, "--threads", String(threads), "--steps", String(steps)],
          ...(micro === undefined ? [] : ["--micro", micro])
        ]
      ]
    case "torch_loop":
      return script("torch_loop.py", "--steps", String(steps))
    case "trl":
      return script("trl_grpo.py", "--steps", String(steps))
    case "hf_generate":
      return script("hf_generate.py", "--reps", String(steps))
  }
}

/** The last line of a process's stdout that is a JSON object. Fails with ToolFailed. */
export const lastLineOf = (tool: string, command: string, args: ReadonlyArray<string>) =>
  Effect.callback<string, ToolFailed>((resume) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk)
    })
    child.stderr.on("data", (chunk) => {
      stderr = `${stderr}${String(chunk)}`.slice(-2000)
    })
    child.on("error", ({ message }) => resume(Effect.fail(new ToolFailed({ tool, detail: message }))))
    child.on("close", (code) => {
      const line = stdout.split("\n").findLast((each) => each.startsWith("{"))
      const detail = `exit code ${code}; ${stderr.trim().split("\n").slice(-3).join(" / ")}`
      resume(line === undefined || code !== 0 ? Effect.fail(new ToolFailed({ tool, detail })) : Effect.succeed(line))
    })
    return Effect.sync(() => child.kill())
  })

/** One process of a tool, from start to end. Fails with ToolFailed. */
export const runTool = Effect.fn("peers.runTool")(function* (tool: ToolName, setting: Setting) {
  const line = yield* lastLineOf(tool, ...commandOf(tool, setting))
  return yield* Effect.mapError(decodeToolLine(line), ({ message }) => new ToolFailed({ tool, detail: message }))
})
