// tfjs-node's own way to its addon: its install script, where the host that it downloads from can be reached.
import { readFileSync } from "node:fs"
import path from "node:path"
import { copyAddonPackage, keep } from "./cache.mjs"
import { runCommand } from "./command.mjs"
import { phase } from "./phase.mjs"
import { addonPackage, tensorflowFolder } from "./places.mjs"

/** The libtensorflow that tfjs-node 4.22 downloads. */
export const DOWNLOAD_VERSION = "2.9.1"

const SYSTEMS = { linux: "linux", darwin: "darwin", win32: "windows" }

/**
 * @param {string} workshop an empty folder on the cache's disk
 * @param {string} cached
 * @returns {{ ok: boolean, why?: string }}
 */
export function downloadAddon(workshop, cached) {
  const reached = phase("looking for tfjs-node's own download", reachHost)
  if (!reached.ok) return reached
  const built = path.join(workshop, "tfjs-node")
  copyAddonPackage(built)
  const modules = path.join(tensorflowFolder, "node_modules")
  const PATH = [path.join(modules, ".bin"), process.env.PATH].join(path.delimiter)
  return phase("downloading the addon", () => {
    const ran = runCommand(process.execPath, ["scripts/install.js"], {
      cwd: built,
      env: { ...process.env, PATH, NODE_PATH: modules },
      seconds: 600
    })
    if (ran.ok) keep(built, cached)
    return ran
  })
}

/** Asks for the addon's head only. In a child, so that it can be waited for, and with the proxy that is configured. */
function reachHost() {
  const { binary, version } = JSON.parse(readFileSync(path.join(addonPackage, "package.json"), "utf8"))
  const { hostname } = new URL(binary.host)
  const url = `${binary.host}/napi-v8/${version}/CPU-${SYSTEMS[process.platform]}-${version}.${
    process.platform === "win32" ? "zip" : "tar.gz"
  }`
  const ask = `fetch(${JSON.stringify(url)}, { method: "HEAD" }).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`
  const asked = runCommand(process.execPath, ["-e", ask], {
    env: { ...process.env, NODE_USE_ENV_PROXY: "1" },
    seconds: 15
  })
  return asked.ok ? asked : { ok: false, why: `${hostname} does not offer it or cannot be reached` }
}
