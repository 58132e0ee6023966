// The npm to call: the one that is running this installation, else the first on the path.
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import path from "node:path"
import { runCommand } from "./command.mjs"
import { lockfile, sha256, tensorflowFolder } from "./places.mjs"

/** npm's JavaScript entry, or undefined. */
export function findNpm() {
  const running = process.env.npm_execpath
  if (running?.endsWith("npm-cli.js")) return running
  const folders = (process.env.PATH ?? "").split(path.delimiter)
  const file = folders.map((folder) => path.join(folder, "npm")).find((candidate) => existsSync(candidate))
  const real = file === undefined ? undefined : realpathSync(file)
  return real?.endsWith("npm-cli.js") ? real : undefined
}

/** Left in node_modules once they are whole: the hash of the lockfile that they follow. */
const stamp = path.join(tensorflowFolder, "node_modules/.installed-lockfile-sha256")

/** Whether tfjs-node's packages are installed as its lockfile says. */
export function packagesInstalled() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === sha256(lockfile)
}

/** Installs tfjs-node and what it needs, without its install script; from npm's own cache where it can. */
export function installPackages() {
  const npm = findNpm()
  if (npm === undefined) return { ok: false, why: "npm was not found" }
  const installed = runCommand(process.execPath, [npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit"], {
    cwd: tensorflowFolder,
    seconds: 600
  })
  if (installed.ok) stampPackages()
  return installed
}

/** Notes that the packages are whole. */
export function stampPackages() {
  writeFileSync(stamp, sha256(lockfile))
}
