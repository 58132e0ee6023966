// The cache of built addons: filled by one rename, so that a reader sees a whole folder or none.
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync
} from "node:fs"
import path from "node:path"
import { addonFile, addonPackage, cacheFolder } from "./places.mjs"

const WORKSHOP = "building-"
const ABANDONED_AFTER_MS = 3_600_000

/**
 * A new empty folder, on the cache's own disk, that no other installation uses; the caller removes it. Those that
 * interrupted installations left behind are removed here.
 */
export function openWorkshop() {
  mkdirSync(cacheFolder, { recursive: true })
  for (const name of readdirSync(cacheFolder)) {
    if (name.startsWith(WORKSHOP) && abandoned(path.join(cacheFolder, name))) {
      rmSync(path.join(cacheFolder, name), { recursive: true, force: true })
    }
  }
  const folder = path.join(cacheFolder, `${WORKSHOP}${process.pid}-${process.hrtime.bigint().toString(36)}`)
  mkdirSync(folder)
  return folder
}

/** True once the folder's owner is gone. The hour is for owners in other containers, whose ids say nothing here. */
function abandoned(folder) {
  const owner = Number(path.basename(folder).split("-")[1])
  try {
    process.kill(owner, 0)
    return false
  } catch {
    return Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) > ABANDONED_AFTER_MS
  }
}

/** Copies tfjs-node as it was published, without an addon, for one to be made in the copy. */
export function copyAddonPackage(target) {
  const made = ["lib", "deps", "build"].map((name) => path.join(addonPackage, name))
  cpSync(addonPackage, target, { recursive: true, filter: (source) => !made.includes(source) })
}

/**
 * Moves the product (lib and deps of a built tfjs-node) into the cache. When two installations build at once, the
 * first to arrive wins and both use it.
 * @param {string} built the folder of the tfjs-node that was built
 * @param {string} cached where it is kept
 */
export function keep(built, cached) {
  const product = `${built}-product`
  for (const file of [...libraries(built), addonFile]) {
    mkdirSync(path.dirname(path.join(product, file)), { recursive: true })
    renameSync(path.join(built, file), path.join(product, file))
  }
  try {
    renameSync(product, cached)
  } catch (error) {
    if (!existsSync(path.join(cached, addonFile))) throw error
  }
}

/**
 * Puts a cached addon into the installed tfjs-node: by hard links, which cost no disk and outlive the cache, else by
 * copies.
 * @param {string} cached
 */
export function putInPlace(cached) {
  removeFromPlace()
  for (const file of [...libraries(cached), addonFile]) {
    const [from, to] = [path.join(cached, file), path.join(addonPackage, file)]
    mkdirSync(path.dirname(to), { recursive: true })
    if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else linkOrCopy(from, to)
  }
}

/** Leaves the installed tfjs-node without an addon. */
export function removeFromPlace() {
  for (const part of ["lib", "deps"]) rmSync(path.join(addonPackage, part), { recursive: true, force: true })
}

function linkOrCopy(from, to) {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

/** The shared libraries that the addon loads, relative to the folder of tfjs-node. */
function libraries(folder) {
  const inside = path.join("deps", "lib")
  return readdirSync(path.join(folder, inside)).map((name) => path.join(inside, name))
}
