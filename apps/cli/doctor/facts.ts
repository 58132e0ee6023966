/**
 * Looks at this machine for `onefold doctor`: asks the programs, loads the addons in processes of their own, so that one
 * that crashes is a line of the report and not the end of it. What the answers mean is in the modules beside.
 */
import { execFile } from "node:child_process"
import { constants } from "node:fs"
import { access, readFile, stat, statfs } from "node:fs/promises"
import { availableParallelism, totalmem } from "node:os"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import { decisionFile } from "../../../deploy/install/places.mjs"
import { proveAddon } from "../../../deploy/install/prove.mjs"
import type { BackendName } from "../../../learning/policy/tensors/installation.ts"
import { backendFacts, instructionFact, threadFacts } from "./arithmetic.ts"
import type { Answer, Fact } from "./fact.ts"
import { gpuFact } from "./gpu.ts"
import { diskFact, memoryFact } from "./machine.ts"
import { buildFacts, javaFact, mavenFact, nodeFact, packageFact } from "./software.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const PATIENCE_MS = 30_000

/** Every fact, in the order of the report. Never rejects: what cannot be found out is said in its line. */
export async function gatherFacts(dataDir: string, asked?: BackendName): Promise<ReadonlyArray<Fact>> {
  const [decision, cpuInfo, versions, java, maven, compiler, pip, gpus, disk, chdb, lmdb] = await Promise.all([
    textOf(decisionFile),
    textOf("/proc/cpuinfo"),
    pinnedVersions(),
    ask("java", ["-version"]),
    ask("mvn", ["--version"]),
    askFirst([process.env.CXX ?? "c++", "g++", "clang++"], ["--version"]),
    askFirst(["python3", "python"], ["-m", "pip", "--version"]),
    ask("nvidia-smi", ["--query-gpu=name,memory.total", "--format=csv,noheader"]),
    roomIn(dataDir),
    whyNotLoaded("chdb"),
    whyNotLoaded("lmdb")
  ])
  const proof = proveAddon()
  const pinned = (name: string): string => versions[name] ?? "not pinned"
  const limit = process.constrainedMemory()
  return [
    ...backendFacts({ decision, proof, asked }),
    gpuFact({ decision, used: proof.ok && proof.gpu, seen: gpus }),
    ...threadFacts(availableParallelism(), process.env),
    instructionFact(process.arch, cpuInfo ?? ""),
    memoryFact(process.availableMemory(), limit > 0 ? Math.min(limit, totalmem()) : totalmem()),
    diskFact(disk.folder, disk.free, disk.writable),
    nodeFact(process.versions.node, pinned("node")),
    packageFact("lmdb", pinned("lmdb"), "the embedded log", lmdb),
    packageFact("chdb", pinned("chdb"), "the history", chdb),
    ...buildFacts({ compiler, pip }, proof.ok),
    javaFact(java),
    mavenFact(maven)
  ]
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined)
}

const Manifest = Schema.fromJsonString(Schema.Struct({ dependencies: Schema.Record(Schema.String, Schema.String) }))

async function pinnedVersions(): Promise<Readonly<Record<string, string>>> {
  return Schema.decodeUnknownSync(Manifest)(await textOf(`${root}package.json`)).dependencies
}

/** What a program says, on either stream; undefined when it is not there or fails. */
function ask(program: string, args: ReadonlyArray<string>): Promise<Answer> {
  return new Promise((answer) => {
    execFile(program, args, { cwd: root, timeout: PATIENCE_MS }, (error, stdout, stderr) =>
      answer(error === null ? `${stdout}${stderr}` : undefined)
    )
  })
}

async function askFirst(programs: ReadonlyArray<string>, args: ReadonlyArray<string>): Promise<Answer> {
  const answers = await Promise.all(programs.map((program) => ask(program, args)))
  return answers.find((answer) => answer !== undefined)
}

/** Undefined when the package loads in a fresh process, else the last line of what that process said. */
function whyNotLoaded(name: string): Promise<Answer> {
  return new Promise((answer) => {
    execFile(process.execPath, ["-p", `require("${name}") && ""`], { cwd: root, timeout: PATIENCE_MS }, (error) =>
      answer(error === null ? undefined : (/^.*Error: .*$/m.exec(error.message)?.[0] ?? error.message.split("\n")[0]))
    )
  })
}

async function roomIn(dataDir: string) {
  const folder = await nearestFolder(resolve(dataDir))
  const [free, writable] = await Promise.all([
    statfs(folder).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined
    ),
    access(folder, constants.W_OK).then(
      () => true,
      () => false
    )
  ])
  return { folder, free, writable }
}

/** The folder itself, or the nearest one above it that exists: there it would be made. */
async function nearestFolder(folder: string): Promise<string> {
  const exists = await stat(folder).then(
    () => true,
    () => false
  )
  return exists || folder === dirname(folder) ? folder : nearestFolder(dirname(folder))
}
