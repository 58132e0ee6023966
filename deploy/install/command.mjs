// Runs one command to its end, within a bound, and says how it went in words.
import { spawnSync } from "node:child_process"

/**
 * @param {string} command
 * @param {ReadonlyArray<string>} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, seconds: number }} options the bound is in seconds
 * @returns {{ ok: true, output: string } | { ok: false, why: string }}
 */
export function runCommand(command, args, { cwd, env, seconds }) {
  const result = spawnSync(command, args, {
    cwd,
    env: env ?? process.env,
    encoding: "utf8",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"]
  })
  const name = [command.split(/[\\/]/).pop(), ...args.slice(0, 3)].join(" ")
  if (result.error !== undefined && "code" in result.error) {
    if (result.error.code === "ENOENT") return { ok: false, why: `${command} is not installed` }
    if (result.error.code === "ETIMEDOUT") return { ok: false, why: `${name} took longer than ${seconds} s` }
  }
  if (result.error !== undefined) return { ok: false, why: `${name}: ${result.error.message}` }
  if (result.status === 0) return { ok: true, output: result.stdout }
  const said = `${result.stdout}\n${result.stderr}`
  const end = result.signal === null ? `exit code ${result.status}` : `signal ${result.signal}`
  return { ok: false, why: `${name} ended with ${end}: ${lastWords(said)}` }
}

/** The first of the candidates that answers `--version`, or undefined. */
export function firstCommand(candidates) {
  return candidates.find(([command, ...args]) => runCommand(command, [...args, "--version"], { seconds: 20 }).ok)
}

/** The lines that say what failed: those that name an error, else the last ones. */
function lastWords(text) {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
  const errors = lines.filter((line) => /\berror\b/i.test(line))
  return (errors.length > 0 ? errors : lines).slice(-3).join(" | ").slice(0, 500)
}
