/**
 * The installation of TensorFlow's addon, tried on a copy of its own: a stand-in for tfjs-node, an empty home, and only
 * the programs that each test allows. Nothing is fetched here.
 */
import { spawn, spawnSync } from "node:child_process"
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"

const deploy = fileURLToPath(new URL("..", import.meta.url))

const WORKING = `
exports.matMul = () => ({ dataSync: () => [1, 4, 3, 8] })
exports.getBackend = () => "tensorflow"
exports.backend = () => ({ binding: { TF_Version: "9.9.9" } })
if (!require("fs").existsSync(__dirname + "/lib/napi-v8/tfjs_binding.node")) throw new Error("no addon")
`

let clone: string

beforeEach(() => {
  more = {}
  clone = mkdtempSync(path.join(tmpdir(), "onefold-install-"))
  cpSync(path.join(deploy, "install"), path.join(clone, "install"), { recursive: true })
  mkdirSync(path.join(clone, "tensorflow"))
  for (const name of ["package.json", "package-lock.json"]) {
    cpSync(path.join(deploy, "tensorflow", name), path.join(clone, "tensorflow", name))
  }
  mkdirSync(path.join(clone, "programs"))
})

afterEach(() => rmSync(clone, { recursive: true }))

let more: Readonly<Record<string, string>>
const environment = () => ({ PATH: path.join(clone, "programs"), XDG_CACHE_HOME: path.join(clone, "cache"), ...more })

function allow(program: string, script: string): void {
  const file = path.join(clone, "programs", program)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}

/** Node in a process of its own, with nothing of this one's environment. */
function node(...args: ReadonlyArray<string>) {
  return spawnSync(process.execPath, args, { encoding: "utf8", env: environment(), cwd: clone })
}

function install() {
  const { status, stdout } = node(path.join(clone, "install/install.mjs"))
  const record: unknown = JSON.parse(readFileSync(path.join(clone, "tensorflow/backend.json"), "utf8"))
  return { status, stdout, record }
}

/** As after tfjs-node's packages were installed: nobody offers its download. */
function installStandIn(source: string, host = "http://127.0.0.1:1"): string {
  const standIn = path.join(clone, "tensorflow/node_modules/@tensorflow/tfjs-node")
  mkdirSync(standIn, { recursive: true })
  writeFileSync(path.join(standIn, "index.js"), source)
  const manifest = { main: "index.js", version: "4.22.0", binary: { host } }
  writeFileSync(path.join(standIn, "package.json"), JSON.stringify(manifest))
  node("--input-type=module", "-e", `import { stampPackages } from "${moduleOf("npm")}"; stampPackages()`)
  return standIn
}

/** tfjs-node's own install script, as far as it matters: what it leaves behind, links included. */
const OWN_SCRIPT = `
const fs = require("fs")
fs.mkdirSync("lib/napi-v8", { recursive: true })
fs.mkdirSync("deps/lib", { recursive: true })
fs.writeFileSync("deps/lib/libtensorflow.so.2.9.1", "library")
fs.symlinkSync("libtensorflow.so.2.9.1", "deps/lib/libtensorflow.so.2")
fs.writeFileSync("lib/napi-v8/tfjs_binding.node", "addon")`

/** A host that has the addon, in a process of its own, since the installation is waited for here. */
async function openHost() {
  const serve = `require("http").createServer((_, answer) => answer.end())
    .listen(0, "127.0.0.1", function () { console.log("http://127.0.0.1:" + this.address().port) })`
  const host = spawn(process.execPath, ["-e", serve], { stdio: ["ignore", "pipe", "inherit"] })
  const url = await new Promise<string>((told) => host.stdout.once("data", (line) => told(String(line).trim())))
  return { url, close: () => host.kill() }
}

const moduleOf = (name: string): string => pathToFileURL(path.join(clone, "install", `${name}.mjs`)).href

/** As an installation that was killed two hours ago: a workshop whose owner no machine has. */
function leaveInterrupted(): void {
  const workshop = path.join(clone, "cache/onefold/building-999999999-abc")
  mkdirSync(workshop, { recursive: true })
  const then = new Date(Date.now() - 7_200_000)
  utimesSync(workshop, then, then)
}

/** As an earlier installation, of another clone, left it: the addon that the wheel gives, with its libraries. */
function fillCache(): string {
  const ask = `
    import { cachedAddon } from "${moduleOf("places")}"
    import { WHEEL_VERSION, wheel } from "${moduleOf("wheel")}"
    console.log(cachedAddon(WHEEL_VERSION, "wheel " + wheel?.sha256))`
  const cached = node("--input-type=module", "-e", ask).stdout.trim()
  mkdirSync(path.join(cached, "lib/napi-v8"), { recursive: true })
  mkdirSync(path.join(cached, "deps/lib"), { recursive: true })
  writeFileSync(path.join(cached, "lib/napi-v8/tfjs_binding.node"), "addon")
  writeFileSync(path.join(cached, "deps/lib/libtensorflow.so.2"), "library")
  return cached
}

describe("installing TensorFlow's addon", () => {
  it("without npm, settles for WebAssembly, says so loudly, and does not fail", () => {
    const { record, status, stdout } = install()
    assert.strictEqual(status, 0)
    assert.match(stdout, /no native TensorFlow here: it will run on WebAssembly/)
    assert.match(stdout, /npm run postinstall/)
    assert.deepInclude(record, { backend: "wasm", failures: ["tfjs-node's packages: npm was not found"] })
  })

  it("when neither the download nor pip can be reached, tells both reasons and leaves no litter, nor an older one", () => {
    installStandIn(WORKING)
    allow("c++", "exit 0")
    leaveInterrupted()
    allow("python3", 'case "$*" in *--version) exit 0;; esac; echo "ERROR: no route to the index" >&2; exit 1')
    const { record, status, stdout } = install()
    assert.strictEqual(status, 0)
    assert.match(stdout, /127\.0\.0\.1 does not offer it or cannot be reached/)
    assert.match(stdout, /no route to the index/)
    assert.deepInclude(record, { backend: "wasm" })
    assert.deepStrictEqual(readdirSync(path.join(clone, "cache/onefold")), [])
  })

  it("when tfjs-node's own download is offered, takes it, and keeps it for the next clone", async () => {
    const host = await openHost()
    const standIn = installStandIn(WORKING, host.url)
    mkdirSync(path.join(standIn, "scripts"))
    writeFileSync(path.join(standIn, "scripts/install.js"), OWN_SCRIPT)
    const { record } = install()
    host.close()
    assert.deepInclude(record, { backend: "tensorflow", why: "native addon by tfjs-node's own download" })
    assert.strictEqual(readFileSync(path.join(standIn, "deps/lib/libtensorflow.so.2"), "utf8"), "library")
    rmSync(path.join(clone, "tensorflow/backend.json"))
    assert.match(install().stdout, /from the cache .* done/)
  })

  it("without a compiler, finds that out before it fetches anything", () => {
    installStandIn(WORKING)
    allow("python3", 'case "$*" in *--version) exit 0;; esac; echo fetched >> fetched; exit 1')
    const { stdout } = install()
    assert.match(stdout, /no C\+\+ compiler was found/)
    assert.isFalse(existsSync(path.join(clone, "fetched")))
  })

  it("given an addon in the cache, puts it in place and needs no program at all", () => {
    const standIn = installStandIn(WORKING)
    const cached = fillCache()
    const { record, stdout } = install()
    assert.match(stdout, /native TensorFlow 9\.9\.9 works/)
    assert.deepInclude(record, { backend: "tensorflow", tensorflow: "9.9.9", addon: cached })
    assert.strictEqual(readFileSync(path.join(standIn, "deps/lib/libtensorflow.so.2"), "utf8"), "library")
  })

  it("asked for a GPU, takes neither the download nor an addon that knows none, and notes what it was built for", () => {
    installStandIn(WORKING)
    const ordinary = fillCache()
    assert.deepInclude(install().record, { builtFor: "cpu", addon: ordinary })
    more = { ONEFOLD_TENSORFLOW: "gpu" }
    assert.deepInclude(install().record, { backend: "wasm" })
    const cached = fillCache()
    assert.notStrictEqual(cached, ordinary)
    const { record, stdout } = install()
    assert.deepInclude(record, { backend: "tensorflow", builtFor: "gpu", addon: cached })
    assert.match(stdout, /TensorFlow 2\.18\.1 with CUDA/)
  })

  it("keeps working once the cache is cleared, since the addon in place is its own", () => {
    installStandIn(WORKING)
    fillCache()
    install()
    rmSync(path.join(clone, "cache"), { recursive: true })
    assert.match(install().stdout, /addon in place .* done/)
  })

  it("given a cached addon that computes nonsense, takes it out of place and out of the cache", () => {
    const standIn = installStandIn(WORKING.replace("1, 4, 3, 8", "1, 2, 3, 4"))
    const cached = fillCache()
    const { record, status, stdout } = install()
    assert.strictEqual(status, 0)
    assert.match(stdout, /it computed 1,2,3,4 on tensorflow/)
    assert.deepInclude(record, { backend: "wasm" })
    assert.isFalse(existsSync(cached))
    assert.isFalse(existsSync(path.join(standIn, "lib")))
  })
})
