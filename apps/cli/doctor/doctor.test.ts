/** What the doctor concludes from what it finds, and how it says so. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { backendFacts, instructionFact, threadFacts } from "./arithmetic.ts"
import { doctorReport, renderDoctor } from "./doctor.ts"
import { gpuFact } from "./gpu.ts"
import { diskFact, memoryFact } from "./machine.ts"
import { buildFacts, javaFact, mavenFact, nodeFact, packageFact } from "./software.ts"

describe("the backend", () => {
  const decided = (backend: string, failures: ReadonlyArray<string>) =>
    JSON.stringify({ backend, why: "as was decided", failures, addon: "/somewhere" })

  it("given an addon that works, is native, for the reason that the installation recorded", () => {
    const facts = backendFacts({
      decision: decided("tensorflow", []),
      proof: { ok: true, tensorflow: "2.18.1", gpu: false }
    })
    assert.deepStrictEqual(
      facts.map(({ value, ok }) => [value, ok]),
      [
        ["native TensorFlow", true],
        ["2.18.1", true]
      ]
    )
    assert.strictEqual(facts[0]?.note, "as was decided")
  })

  it("given an installation that settled for WebAssembly, tells all that had failed and how to try again", () => {
    const [backend] = backendFacts({
      decision: decided("wasm", ["no pip", "no network"]),
      proof: { ok: false, why: "no addon" }
    })
    assert.strictEqual(backend?.ok, false)
    assert.strictEqual(backend?.value, "WebAssembly")
    assert.include(backend?.note, "as was decided; no pip; no network")
    assert.strictEqual(backend?.mend, "npm run postinstall")
  })

  it("given a record of native but an addon that no longer loads, believes the addon", () => {
    const [backend] = backendFacts({ decision: decided("tensorflow", []), proof: { ok: false, why: "signal SIGILL" } })
    assert.strictEqual(backend?.value, "WebAssembly")
    assert.include(backend?.note, "signal SIGILL")
  })

  it.each([undefined, "", "{", '{"backend":"abacus"}'])(
    "given the unreadable record %j, says that the installation did not end",
    (decision) => {
      const [backend] = backendFacts({ decision, proof: { ok: false, why: "no addon" } })
      assert.include(backend?.note, "the installation did not end")
    }
  )
})

describe("ONEFOLD_BACKEND", () => {
  const works = { ok: true, tensorflow: "2.18.1", gpu: false } as const
  const fails = { ok: false, why: "signal SIGILL" } as const
  it.each([
    ["wasm", works, "WebAssembly", false, "unset ONEFOLD_BACKEND"],
    ["wasm", fails, "WebAssembly", true, undefined],
    ["tensorflow", works, "native TensorFlow", true, undefined],
    ["tensorflow", fails, "native TensorFlow", false, "unset ONEFOLD_BACKEND"]
  ] as const)("asking for %s of %j, then that runs, and why is told", (asked, proof, value, ok, mend) => {
    const [backend, version] = backendFacts({ decision: undefined, proof, asked })
    assert.deepInclude(backend, { name: "backend", value, ok })
    assert.include(backend.note, "ONEFOLD_BACKEND asks for it")
    assert.strictEqual(backend.mend, mend)
    assert.strictEqual(version.ok, proof.ok)
  })
})

describe("the GPU", () => {
  const built = (builtFor: string) => JSON.stringify({ backend: "tensorflow", why: "", failures: [], builtFor })
  const h100 = "NVIDIA H100 80GB HBM3, 81559 MiB\n"

  it("that computes is named, and said to be unmeasured", () => {
    const fact = gpuFact({ decision: built("gpu"), used: true, seen: h100 })
    assert.deepInclude(fact, { ok: true, value: "NVIDIA H100 80GB HBM3, 81559 MiB" })
    assert.include(fact.note, "computes on it")
    assert.include(fact.note, "not been measured")
    assert.strictEqual(gpuFact({ decision: built("gpu"), used: true, seen: undefined }).value, "in use")
  })

  it("is not missed where the addon knows none, and the way to use one that is there is told", () => {
    assert.deepInclude(gpuFact({ decision: built("cpu"), used: false, seen: undefined }), {
      ok: true,
      value: "none seen"
    })
    const idle = gpuFact({ decision: built("cpu"), used: false, seen: h100 })
    assert.isTrue(idle.ok)
    assert.include(idle.note, "ONEFOLD_TENSORFLOW=gpu npm run postinstall")
  })

  it("is missed where the addon was built for one: none is seen, or NVIDIA's libraries are not found", () => {
    const none = gpuFact({ decision: built("gpu"), used: false, seen: undefined })
    assert.isFalse(none.ok)
    assert.include(none.note, "no GPU is seen")
    assert.include(none.mend, "--gpus all")
    const blind = gpuFact({ decision: built("gpu"), used: false, seen: `${h100}${h100}` })
    assert.isFalse(blind.ok)
    assert.include(blind.note, "cuDNN 9.3")
    assert.include(blind.value, "; ")
  })

  it.each([undefined, "{", '{"backend":"tensorflow","why":"","failures":[]}'])(
    "given the record %j of an older installation, is taken to be unknown to the addon",
    (decision) => assert.isTrue(gpuFact({ decision, used: false, seen: undefined }).ok)
  )
})

describe("the processor", () => {
  it("is described by its vector instructions, the best first, from Linux's list", () => {
    const fact = instructionFact("x64", "model name\t: X\nflags\t\t: fpu avx fma avx2 avx512f\nbugs\t: avx512_vnni\n")
    assert.strictEqual(fact.value, "x64 avx512f avx2 fma avx")
    assert.isTrue(fact.ok)
  })

  it("without AVX cannot run native TensorFlow, and an unknown one is not accused", () => {
    assert.isFalse(instructionFact("x64", "flags : fpu sse2").ok)
    assert.isTrue(instructionFact("x64", "").ok)
    assert.isTrue(instructionFact("arm64", "Features : fp asimd").ok)
  })

  it("tells the threads and whether oneDNN is on", () => {
    assert.deepStrictEqual(
      threadFacts(4, {}).map(({ value, ok }) => [value, ok]),
      [
        ["4 cores", true],
        ["on", true]
      ]
    )
    const [threads, oneDnn] = threadFacts(1, { TF_NUM_INTRAOP_THREADS: "1", TF_ENABLE_ONEDNN_OPTS: "0" })
    assert.deepStrictEqual([threads?.value, threads?.ok], ["1 core", false])
    assert.include(threads?.note, "TF_NUM_INTRAOP_THREADS is 1")
    assert.deepStrictEqual([oneDnn?.value, oneDnn?.mend], ["off", "unset TF_ENABLE_ONEDNN_OPTS"])
  })
})

describe("the room", () => {
  it("on disk is enough from 2 GiB on, and only where one may write", () => {
    assert.isTrue(diskFact("/data", 2 * 1024 ** 3, true).ok)
    assert.isFalse(diskFact("/data", 2 * 1024 ** 3 - 1, true).ok)
    assert.isTrue(diskFact("/data", undefined, true).ok)
    const locked = diskFact("/data", 1e12, false)
    assert.isFalse(locked.ok)
    assert.include(locked.note, "--data-dir")
  })

  it("in memory is enough from a run's peak on", () => {
    assert.isTrue(memoryFact(2.5e9, 8e9).ok)
    assert.isFalse(memoryFact(2.4e9, 8e9).ok)
  })
})

describe("programs and packages", () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', "17.0.15", true],
    ['java version "1.8.0_202"', "1.8.0_202", false],
    ['openjdk version "21" 2023-09-19', "21", true],
    [undefined, "not installed", false]
  ] as const)("Java that says %j is of version %s, good enough: %s", (said, value, ok) => {
    assert.deepStrictEqual([javaFact(said).value, javaFact(said).ok], [value, ok])
  })

  it("are named by the first line of their answer, without its colours", () => {
    const bold = String.fromCharCode(27)
    assert.strictEqual(mavenFact(`${bold}[1mApache Maven 3.8.7${bold}[m\nMaven home: /usr`).value, "Apache Maven 3.8.7")
  })

  it("that build the addon are missed only while there is no native backend", () => {
    const none = { compiler: undefined, pip: undefined }
    assert.deepStrictEqual(
      buildFacts(none, true).map(({ ok, mend }) => [ok, mend]),
      [
        [true, undefined],
        [true, undefined]
      ]
    )
    assert.deepStrictEqual(
      buildFacts(none, false).map(({ ok, mend }) => [ok, mend]),
      [
        [false, "sudo apt install g++"],
        [false, "sudo apt install python3-pip"]
      ]
    )
  })

  it("of other versions, or that do not load, are to be installed again", () => {
    assert.isTrue(nodeFact("22.1.0", "22.1.0").ok)
    assert.strictEqual(nodeFact("20.1.0", "22.1.0").mend, "npm ci")
    assert.isTrue(packageFact("lmdb", "1.0.0", "the log", undefined).ok)
    const broken = packageFact("lmdb", "1.0.0", "the log", "Error: Cannot find module 'lmdb'")
    assert.include(broken.note, "Cannot find module")
    assert.strictEqual(broken.mend, "npm ci")
  })
})

describe("the report", () => {
  it("gives a line to each fact, one to each command, and a verdict", () => {
    assert.deepStrictEqual(
      renderDoctor([
        { name: "a", value: "1", ok: true, note: "" },
        { name: "bcd", value: "2", ok: false, note: "why", mend: "do it" }
      ]),
      ["ok    a    1", "look  bcd  2 (why)", "           to mend it: do it", "", "1 of 2 want a look."]
    )
    assert.strictEqual(renderDoctor([{ name: "a", value: "1", ok: true, note: "" }]).at(-1), "All is well.")
  })

  it.effect(
    "on this machine, names all that bits and comfort depend on, also for a folder that does not exist yet",
    () =>
      Effect.gen(function* () {
        const above = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-doctor-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
        )
        const facts = yield* doctorReport(join(above, "not", "there"))
        assert.deepStrictEqual(
          facts.map(({ name }) => name),
          ["backend", "TensorFlow", "GPU", "threads", "oneDNN", "instructions", "memory", "disk"].concat([
            "Node.js",
            "lmdb",
            "chdb",
            "C++ compiler",
            "Python's pip",
            "Java",
            "Maven"
          ])
        )
        const fact = (name: string) => facts.find((candidate) => candidate.name === name)
        assert.include(fact("disk")?.note, above)
        assert.isTrue(fact("lmdb")?.ok)
        assert.isTrue(fact("chdb")?.ok)
        assert.strictEqual(fact("Node.js")?.value, process.versions.node)
      })
  )
})
