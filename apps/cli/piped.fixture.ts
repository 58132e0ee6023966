/**
 * The command line as another program uses it: JSON on stdin, JSON lines on stdout.
 */
import { spawnSync } from "node:child_process"
import type { Ended } from "./spawned.fixture.ts"
import { main } from "./spawned.fixture.ts"

export const piped = (args: ReadonlyArray<string>, input = ""): Ended => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...args], { input, encoding: "utf8" })
  return { code: status ?? -1, stdout, stderr, lines: stdout.split("\n").filter(Boolean) }
}
