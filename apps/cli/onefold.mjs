#!/usr/bin/env node
/**
 * The door for whatever Node a machine has: Onefold runs on the Node 22 that it pins, which runs TypeScript as it is.
 */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import module from "node:module"
import { constants } from "node:os"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("./main.ts", import.meta.url))
const pinned = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url))
/** Node keeps what it has compiled here, so that the next command starts sooner; where it cannot, it goes without. */
const compiled = fileURLToPath(new URL("../../node_modules/.cache/onefold", import.meta.url))

/** Node 22 runs TypeScript without being asked from 22.18 on. */
const [major, minor] = process.versions.node.split(".").map(Number)

if (major === 22 && minor >= 18) {
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? compiled)
  await import("./main.ts")
} else if (existsSync(pinned)) {
  // The channel says nothing: it breaks when this process is killed, and main.ts then goes too.
  const child = spawn(pinned, [main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { NODE_COMPILE_CACHE: compiled, ...process.env }
  })
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("error", (error) => {
    process.stderr.write(`onefold: ${pinned} does not start: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on("exit", (status, signal) => {
    process.exitCode = status ?? 128 + (constants.signals[signal] ?? 0)
  })
} else {
  process.stderr.write(`onefold runs on Node 22, this is ${process.version}: run "npm ci" in its folder first\n`)
  process.exitCode = 2
}
