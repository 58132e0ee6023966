// Compiles tfjs-node's addon against the TensorFlow of the Python wheel, with nothing but a C++ compiler.
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import path from "node:path"
import { copyAddonPackage, keep } from "./cache.mjs"
import { firstCommand, runCommand } from "./command.mjs"
import { wantsGpu } from "./device.mjs"
import { phase } from "./phase.mjs"
import { addonFile, cLibrary, NAPI_VERSION, tensorflowFolder } from "./places.mjs"
import { fetchWheel, findPip, unpackWheel, WHEEL_VERSION, wheel } from "./wheel.mjs"

/**
 * Fetches the wheel, compiles in the workshop and keeps the product.
 * @param {string} workshop an empty folder on the cache's disk
 * @param {string} cached
 * @returns {{ ok: boolean, why?: string }}
 */
export function compileAgainstWheel(workshop, cached) {
  const tools = phase("looking for what compiles TensorFlow's addon", findTools)
  if (!tools.ok) return tools
  const fetched = phase(`fetching TensorFlow ${WHEEL_VERSION} with pip (${wantsGpu ? 610 : 220} MB)`, () =>
    fetchWheel(tools.pip, workshop)
  )
  if (!fetched.ok) return fetched
  const built = path.join(workshop, "tfjs-node")
  copyAddonPackage(built)
  const unpacked = phase("unpacking it", () => unpackWheel(tools.pip[0], fetched.file, path.join(built, "deps")))
  if (!unpacked.ok) return unpacked
  rmSync(fetched.file)
  const compiled = phase("compiling the addon", () => compile(tools.compiler, built))
  if (compiled.ok) keep(built, cached)
  return compiled
}

/** All that is needed, found before anything large is fetched. */
function findTools() {
  if (wheel === undefined) {
    const machine = `${process.platform}-${process.arch}, C library ${cLibrary()}`
    return { ok: false, why: `no wheel${wantsGpu ? " with CUDA" : ""} is known for ${machine}` }
  }
  const pip = findPip()
  if (pip === undefined) return { ok: false, why: "Python's pip is not installed" }
  const own = process.env.CXX
  const compiler = firstCommand(own === undefined ? [["c++"], ["g++"], ["clang++"]] : [own.split(" ")])
  if (compiler === undefined)
    return { ok: false, why: `no C++ compiler was found${own === undefined ? "" : ` as ${own}`}` }
  return { ok: true, pip, compiler }
}

/** The addon is N-API: the headers of the package node-api-headers fit every Node that will load it. */
function compile([compiler, ...options], built) {
  const source = path.join(built, "binding")
  const lib = path.join(built, "deps/lib")
  mkdirSync(path.join(built, path.dirname(addonFile)), { recursive: true })
  const includes = [
    path.join(built, "deps/include"),
    path.join(tensorflowFolder, "node_modules/node-api-headers/include")
  ]
  return runCommand(
    compiler,
    [...options, "-std=c++17", "-O3", "-fPIC", "-shared", "-w", `-DNAPI_VERSION=${NAPI_VERSION}`].concat(
      includes.map((folder) => `-I${folder}`),
      readdirSync(source)
        .filter((name) => name.endsWith(".cc"))
        .map((name) => path.join(source, name)),
      ["-o", path.join(built, addonFile), `-L${lib}`, "-ltensorflow", "-ltensorflow_framework"],
      // The libraries lie beside the addon wherever the folder is moved.
      ["-Wl,-rpath,$ORIGIN/../../deps/lib"]
    ),
    { seconds: 600 }
  )
}
