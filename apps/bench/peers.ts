/**
 * A GRPO step beside what a user would pick instead: a hand-written PyTorch loop, TRL, and transformers' generate.
 *
 *   npm run bench -- peers --peers DIR --python PYTHON [--jobs mini,small,smol] [--threads 1,2] [--rounds 3] [--steps 2]
 *                          [--tools onefold,torch_loop,trl,hf_generate] [--micro N] [--json]
 *
 * DIR is a copy of ../shared/peers in which setup.sh has run; PYTHON is its venv's. Every tool is a process of its own, on
 * the same checkpoint, threads and fixed lengths, float32. The tools alternate within a round, and each round begins with
 * another of them. What the machine can do is measured at the start of each thread count. With --json, every tool's line
 * is printed as it comes.
 */
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { Console, Effect } from "effect"
import { comparisonText } from "./peers/comparison.ts"
import { measureSpeed, paperFloor } from "./peers/paper-floor.ts"
import type { ToolLine } from "./peers/tool-line.ts"
import { runTool, type Setting, type ToolName, toolNames } from "./peers/tools.ts"

const { values } = parseArgs({
  options: {
    peers: { type: "string" },
    python: { type: "string", default: "python3" },
    jobs: { type: "string", default: "mini,small,smol" },
    threads: { type: "string", default: "1,2" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "2" },
    tools: { type: "string", default: toolNames.join(",") },
    micro: { type: "string" },
    json: { type: "boolean", default: false }
  }
})
if (values.peers === undefined) {
  process.stderr.write(
    "name the folder of the peers with --peers: a copy of ../shared/peers in which setup.sh has run\n"
  )
  process.exit(2)
}
const peers = resolve(values.peers)
const { python } = values
const asked = values.tools.split(",")
const tools = toolNames.filter((name) => asked.includes(name))

const compare = Effect.fn("peers.compare")(function* (setting: Setting) {
  const rounds = new Map<ToolName, Array<ToolLine>>(tools.map((tool) => [tool, []]))
  for (let round = 0; round < Number(values.rounds); round++) {
    const first = round % tools.length
    for (const tool of [...tools.slice(first), ...tools.slice(0, first)]) {
      const line = yield* runTool(tool, setting)
      rounds.get(tool)?.push(line)
      if (values.json) yield* Console.log(JSON.stringify(line))
    }
  }
  return rounds
})

const program = Effect.gen(function* () {
  for (const threads of values.threads.split(",").map(Number)) {
    const speed = yield* measureSpeed(peers, python, threads)
    yield* Console.log(
      `this machine, ${threads} thread${threads === 1 ? "" : "s"}: ${speed.gigaflops} GFLOP/s, copies at ${speed.gigabytes} GB/s`
    )
    for (const job of values.jobs.split(",")) {
      const setting = { peers, python, job, threads, steps: Number(values.steps), micro: values.micro }
      const rounds = yield* compare(setting)
      const floor = yield* paperFloor(peers, python, job, speed)
      yield* Console.log(`\n${comparisonText(job, threads, rounds, floor)}\n`)
    }
  }
})

await Effect.runPromise(program)
process.exit()
