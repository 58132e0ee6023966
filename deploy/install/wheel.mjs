// TensorFlow's library and headers, taken from the wheel that Python's pip fetches.
import { readdirSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import { firstCommand, runCommand } from "./command.mjs"
import { wantsGpu } from "./device.mjs"
import { cLibrary } from "./places.mjs"

export const WHEEL_VERSION = "2.18.1"

/** By platform: the package that has it, pip's word for the platform, and the hash that the wheel must have. */
const WHEELS = {
  "linux-x64": {
    name: "tensorflow-cpu",
    platform: "manylinux_2_17_x86_64",
    sha256: "810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298"
  },
  "linux-arm64": {
    name: "tensorflow",
    platform: "manylinux_2_17_aarch64",
    sha256: "8a6485edd2148f70d011dbd1d8dc2c775e91774a5a159466e83d0d1f21580944"
  }
}

/** As WHEELS, with CUDA: the library finds NVIDIA's own (CUDA 12.5, cuDNN 9.3) where it runs, or does without. */
const GPU_WHEELS = {
  "linux-x64": {
    name: "tensorflow",
    platform: "manylinux_2_17_x86_64",
    sha256: "c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828"
  }
}

const known = wantsGpu ? GPU_WHEELS : WHEELS
export const wheel = cLibrary() === "none" ? undefined : known[`${process.platform}-${process.arch}`]

/** How pip is called here, the program first; undefined when there is none. */
export function findPip() {
  return firstCommand([
    ["python3", "-m", "pip"],
    ["python", "-m", "pip"]
  ])
}

/**
 * Fetches the wheel into a folder, whatever Python's own version is. Gives the wheel's file.
 * @param {ReadonlyArray<string>} pip
 * @param {string} folder
 */
export function fetchWheel([python, ...pip], folder) {
  const requirements = path.join(folder, "requirements.txt")
  writeFileSync(requirements, `${wheel.name}==${WHEEL_VERSION} --hash=sha256:${wheel.sha256}\n`)
  const kind = ["--implementation", "cp", "--python-version", "311", "--abi", "cp311", "--platform", wheel.platform]
  const fetched = runCommand(
    python,
    [...pip, "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:"].concat(kind, [
      "--require-hashes",
      "--requirement",
      requirements,
      "--dest",
      folder
    ]),
    { seconds: 1800 }
  )
  if (!fetched.ok) return fetched
  const file = readdirSync(folder).find((name) => name.endsWith(".whl"))
  return file === undefined ? { ok: false, why: "pip left no wheel" } : { ok: true, file: path.join(folder, file) }
}

/** Copies, as a stream, the two shared libraries to argv[2]/lib and the C headers to argv[2]/include. */
const UNPACK = `
import os, shutil, sys, zipfile
wheel, target = sys.argv[1:]
include = "tensorflow/include/"
kept = tuple(include + part for part in ("tensorflow/c/", "tensorflow/core/platform/", "tsl/", "xla/tsl/"))
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2"):
            place = os.path.join(target, "lib", os.path.basename(name))
        elif name.startswith(kept) and name.endswith(".h"):
            place = os.path.join(target, "include", name[len(include):])
        else:
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with archive.open(name) as source, open(place, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
`

/**
 * Lays the wheel's parts out as tfjs-node expects its deps folder: lib/, include/, and the names the linker asks for.
 * @param {string} python
 * @param {string} file the wheel
 * @param {string} deps
 */
export function unpackWheel(python, file, deps) {
  const unpacked = runCommand(python, ["-c", UNPACK, file, deps], { seconds: 600 })
  if (!unpacked.ok) return unpacked
  const lib = path.join(deps, "lib")
  symlinkSync("libtensorflow_cc.so.2", path.join(lib, "libtensorflow.so"))
  symlinkSync("libtensorflow_framework.so.2", path.join(lib, "libtensorflow_framework.so"))
  // A third of the library is symbols that only a debugger reads; without `strip` it merely stays larger.
  for (const name of ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]) {
    runCommand("strip", ["--strip-unneeded", path.join(lib, name)], { seconds: 300 })
  }
  return { ok: true }
}
