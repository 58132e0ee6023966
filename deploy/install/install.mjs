// `npm ci` ends here. Makes TensorFlow's native kernels work by the first way that does: those already in place, the
// cache, tfjs-node's own download, compiling against the Python wheel. Where none does, Onefold runs on WebAssembly and
// this says so. Never fails the installation.
import { existsSync, rmSync } from "node:fs"
import { openWorkshop, putInPlace, removeFromPlace } from "./cache.mjs"
import { compileAgainstWheel } from "./compile.mjs"
import { readDecision, writeDecision } from "./decision.mjs"
import { wantsGpu } from "./device.mjs"
import { DOWNLOAD_VERSION, downloadAddon } from "./download.mjs"
import { installPackages, packagesInstalled } from "./npm.mjs"
import { phase } from "./phase.mjs"
import { cachedAddon } from "./places.mjs"
import { proveAddon } from "./prove.mjs"
import { WHEEL_VERSION, wheel } from "./wheel.mjs"

const download = {
  name: "download",
  words: "by tfjs-node's own download",
  cached: cachedAddon(DOWNLOAD_VERSION, "download"),
  make: downloadAddon
}
const compiled = {
  name: "compiled",
  words: `compiled against the Python wheel of TensorFlow ${WHEEL_VERSION}${wantsGpu ? " with CUDA" : ""}`,
  cached: cachedAddon(WHEEL_VERSION, `wheel ${wheel?.sha256}`),
  make: compileAgainstWheel
}
/** What tfjs-node offers for download knows no GPU. */
const WAYS = wantsGpu ? [compiled] : [download, compiled]

/** What was tried and failed, in words. */
const failures = []

function main() {
  if (!packagesInstalled() && !tried("tfjs-node's packages", phase("installing tfjs-node", installPackages))) {
    return settleForWebAssembly()
  }
  const settled = WAYS.some(inPlace) || WAYS.some(fromCache) || WAYS.some(madeNow)
  if (!settled) settleForWebAssembly()
}

function inPlace(way) {
  if (readDecision()?.addon !== way.cached) return false
  return settle(way, "in place", phase("trying the TensorFlow addon in place", proveAddon))
}

function fromCache(way) {
  if (!existsSync(way.cached)) return false
  const works = settle(
    way,
    "cache",
    phase("taking the TensorFlow addon from the cache", () => place(way))
  )
  // What is kept but does not work here is made again.
  if (!works) rmSync(way.cached, { recursive: true, force: true })
  return works
}

function madeNow(way) {
  let workshop
  try {
    workshop = openWorkshop()
    if (!tried(way.words, way.make(workshop, way.cached))) return false
    return settle(
      way,
      "built",
      phase("trying it", () => place(way))
    )
  } catch (error) {
    return tried(way.words, { ok: false, why: String(error) })
  } finally {
    if (workshop !== undefined) rmSync(workshop, { recursive: true, force: true })
  }
}

function place(way) {
  try {
    putInPlace(way.cached)
    return proveAddon()
  } catch (error) {
    return { ok: false, why: String(error) }
  }
}

/** Records a failure; gives whether there was none. */
function tried(words, result) {
  if (!result.ok) failures.push(`${words}: ${result.why}`)
  return result.ok
}

function settle(way, from, proof) {
  if (!tried(`${way.words}, ${from}`, proof)) return false
  writeDecision({
    backend: "tensorflow",
    tensorflow: proof.tensorflow,
    why: `native addon ${way.words}`,
    builtFor: wantsGpu ? "gpu" : "cpu",
    failures,
    addon: way.cached
  })
  console.log(`onefold: native TensorFlow ${proof.tensorflow} works (${way.words})`)
  return true
}

function settleForWebAssembly() {
  removeFromPlace()
  writeDecision({ backend: "wasm", why: "no native addon could be had", failures })
  const bar = "!".repeat(100)
  console.log(`
${bar}
!! Onefold has no native TensorFlow here: it will run on WebAssembly, several times slower.
!! What was tried:
${failures.map((failure) => `!!   - ${failure}`).join("\n")}
!! What to do: install Python 3 with pip and a C++ compiler
!!   (Debian, Ubuntu: sudo apt install python3-pip g++), see that pip can fetch packages, and then type
!!   npm run postinstall
${bar}
`)
}

main()
