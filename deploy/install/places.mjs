// Where the installation reads and writes, and the name under which a built addon is kept.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"

/** The folder whose lockfile pins tfjs-node and whose node_modules hold it. */
export const tensorflowFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../tensorflow")
export const addonPackage = path.join(tensorflowFolder, "node_modules/@tensorflow/tfjs-node")
export const lockfile = path.join(tensorflowFolder, "package-lock.json")
/** What was decided and why, for `onefold doctor` and the engine. */
export const decisionFile = path.join(tensorflowFolder, "backend.json")

const home = process.env.XDG_CACHE_HOME
export const cacheFolder = path.join(
  home !== undefined && path.isAbsolute(home) ? home : path.join(homedir(), ".cache"),
  "onefold"
)

/** tfjs-node finds its addon by this number; any Node that knows N-API 8 (all since 18) loads it. */
export const NAPI_VERSION = 8
export const addonFile = path.join("lib", `napi-v${NAPI_VERSION}`, "tfjs_binding.node")

/**
 * The cached addon's folder. Its name ends with a hash of all that decides whether a build fits: the pinned packages,
 * what it was built from, and the C library of this machine.
 * @param {string} tensorflowVersion
 * @param {string} madeFrom
 */
export function cachedAddon(tensorflowVersion, madeFrom) {
  const hash = createHash("sha256")
    .update(JSON.stringify([sha256(lockfile), madeFrom, cLibrary()]))
    .digest("hex")
    .slice(0, 12)
  const kind = `${process.platform}-${process.arch}-napi${NAPI_VERSION}`
  return path.join(cacheFolder, `tensorflow-${tensorflowVersion}-${kind}-${hash}`)
}

/** @param {string} file */
export function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex")
}

/** The version of the GNU C library, which the wheels need; "none" where there is another. */
export function cLibrary() {
  const report = process.report?.getReport()
  const header = typeof report === "object" && "header" in report ? report.header : {}
  return header.glibcVersionRuntime ?? "none"
}
