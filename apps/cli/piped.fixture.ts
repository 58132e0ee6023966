/**
 * The command line as another program uses it: JSON on stdin, JSON lines on stdout.
 */
import { spawnSync } from "node:child_process"
import { type Ended, main } from "./spawned.fixture.ts"

export const piped = (args: ReadonlyArray<string>, input = "", env: Readonly<Record<string, string>> = {}): Ended => {
  const options = { input, encoding: "utf8", env: { ...process.env, ...env } } as const
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...args], options)
  return { code: status ?? -1, stdout, stderr, lines: stdout.split("\n").filter(Boolean) }
}
