#!/usr/bin/env node
/**
 * The door for whatever Node a machine has: Onefold runs on the Node 22 that it pins, which runs TypeScript as it is.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("./main.ts", import.meta.url))
const pinned = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url))

if (process.versions.node.startsWith("22.")) {
  await import("./main.ts")
} else if (existsSync(pinned)) {
  // Signals of the terminal reach both processes; this one waits for the other to end in its own way.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {})
  const { signal, status } = spawnSync(
    pinned,
    ["--disable-warning=ExperimentalWarning", main, ...process.argv.slice(2)],
    {
      stdio: "inherit"
    }
  )
  process.exitCode = status ?? (signal === "SIGINT" ? 130 : 1)
} else {
  process.stderr.write(`onefold runs on Node 22, this is ${process.version}: run "npm ci" in its folder first\n`)
  process.exitCode = 2
}
