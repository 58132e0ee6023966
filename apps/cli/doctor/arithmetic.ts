/**
 * What computes: the TensorFlow backend and why it is that one, its version, threads, oneDNN and the processor's vector
 * instructions. The bits of a run depend on all of them.
 */
import { Option, Schema } from "effect"
import type { BackendName } from "../../../learning/policy/tensors/installation.ts"
import type { Fact } from "./fact.ts"

/** deploy/tensorflow/backend.json, which the installation writes. */
const Decision = Schema.fromJsonString(
  Schema.Struct({
    backend: Schema.Literals(["tensorflow", "wasm"]),
    why: Schema.String,
    failures: Schema.Array(Schema.String)
  })
)

/** The installation's record as text, and what loading the addon gave just now. */
export interface Installed {
  readonly decision: string | undefined
  readonly proof:
    | { readonly ok: true; readonly tensorflow: string; readonly gpu: boolean }
    | { readonly ok: false; readonly why: string }
  /** The backend that ONEFOLD_BACKEND asks for. */
  readonly asked?: BackendName | undefined
}

const REINSTALL = "npm run postinstall"

export function backendFacts(installed: Installed): ReadonlyArray<Fact> {
  const facts = installedFacts(installed)
  return installed.asked === undefined ? facts : [askedFact(installed.asked, installed.proof), ...facts.slice(1)]
}

/** The backend where ONEFOLD_BACKEND names one: what runs, whatever the installation decided. */
function askedFact(asked: BackendName, proof: Installed["proof"]): Fact {
  const isNative = asked === "tensorflow"
  const why = "ONEFOLD_BACKEND asks for it"
  const fact = { name: "backend", value: isNative ? "native TensorFlow" : "WebAssembly" }
  if (!isNative) return { ...fact, ok: !proof.ok, note: why, ...(proof.ok ? { mend: "unset ONEFOLD_BACKEND" } : {}) }
  return proof.ok
    ? { ...fact, ok: true, note: why }
    : { ...fact, ok: false, note: `${why}, but the native addon fails: ${proof.why}`, mend: "unset ONEFOLD_BACKEND" }
}

function installedFacts({ decision, proof }: Installed): ReadonlyArray<Fact> {
  const decided = Option.getOrUndefined(Schema.decodeUnknownOption(Decision)(decision))
  if (proof.ok) {
    const why = decided?.backend === "tensorflow" ? decided.why : "a native addon that is in place"
    return [
      { name: "backend", value: "native TensorFlow", ok: true, note: why },
      {
        name: "TensorFlow",
        value: proof.tensorflow,
        ok: true,
        note: "runs continue bit for bit under this version only"
      }
    ]
  }
  const reasons =
    decided?.backend === "wasm" ? [decided.why, ...decided.failures] : [`the native addon fails: ${proof.why}`]
  return [
    {
      name: "backend",
      value: "WebAssembly",
      ok: false,
      note: `several times slower than native; ${decided === undefined ? "the installation did not end" : reasons.join("; ")}`,
      mend: REINSTALL
    },
    { name: "TensorFlow", value: "none", ok: false, note: "see the backend", mend: REINSTALL }
  ]
}

type Environment = Readonly<Record<string, string | undefined>>

/** @param cores how many this process may use */
export function threadFacts(cores: number, environment: Environment): ReadonlyArray<Fact> {
  const intra = environment.TF_NUM_INTRAOP_THREADS
  const oneDnn = environment.TF_ENABLE_ONEDNN_OPTS
  const off = oneDnn === "0"
  return [
    {
      name: "threads",
      value: `${cores} core${cores === 1 ? "" : "s"}`,
      ok: cores >= 2,
      note: `TF_NUM_INTRAOP_THREADS is ${intra === undefined ? "not set: each run sets and records it" : intra}`
    },
    {
      name: "oneDNN",
      value: off ? "off" : "on",
      ok: !off,
      note: `TF_ENABLE_ONEDNN_OPTS is ${oneDnn ?? "not set: each run sets it to 1"}`,
      ...(off ? { mend: "unset TF_ENABLE_ONEDNN_OPTS" } : {})
    }
  ]
}

/** By what matters for matrix products, the best first; the names are those of Linux. */
const VECTOR_FLAGS = ["amx_tile", "avx512_bf16", "avx512_vnni", "avx512f", "avx2", "fma", "avx", "sve", "asimd"]

/**
 * @param architecture as Node names it
 * @param cpuInfo the text of /proc/cpuinfo, empty where there is none
 */
export function instructionFact(architecture: string, cpuInfo: string): Fact {
  const listed = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/) ?? [])
  const found = VECTOR_FLAGS.filter((flag) => listed.has(flag))
  const tooOld = architecture === "x64" && listed.size > 0 && !listed.has("avx")
  return {
    name: "instructions",
    value: [architecture, ...found].join(" "),
    ok: !tooOld,
    note: tooOld
      ? "native TensorFlow needs AVX, which this processor lacks"
      : "the last bits of a result depend on these"
  }
}
