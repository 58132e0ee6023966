/**
 * Which backend this machine has: what the installation decided, and the processor's instructions.
 */
import { readFileSync } from "node:fs"
import { Option, Schema } from "effect"

export type BackendName = "tensorflow" | "wasm"

/** deploy/tensorflow/backend.json, which the installation writes. */
const Decision = Schema.fromJsonString(
  Schema.Struct({ backend: Schema.Literals(["tensorflow", "wasm"]), why: Schema.String })
)

const decisionFile = new URL("../../../deploy/tensorflow/backend.json", import.meta.url)

const textOf = (file: string | URL): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return "" // there is none, which the caller says in words
  }
}

/** The backend to run on and why: the caller's choice, or else the installation's. */
export const chooseBackend = (
  asked: BackendName | undefined
): { readonly backend: BackendName; readonly why: string } => {
  const decision = Option.getOrUndefined(Schema.decodeUnknownOption(Decision)(textOf(decisionFile)))
  if (asked !== undefined && asked !== decision?.backend) return { backend: asked, why: "asked for" }
  return decision ?? { backend: "wasm", why: "the installation of native TensorFlow did not end" }
}

/** By what matters for matrix products, the best first; the names are those of Linux. */
const vectorFlags = ["amx_tile", "avx512_bf16", "avx512_vnni", "avx512f", "avx2", "fma", "avx", "sve", "asimd"]

/** The architecture and those of its vector instructions that kernels are chosen by. */
export const instructionSet = (): string => {
  const listed = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(textOf("/proc/cpuinfo"))?.[1]?.trim().split(/\s+/) ?? [])
  return [process.arch, ...vectorFlags.filter((flag) => listed.has(flag))].join(" ")
}
