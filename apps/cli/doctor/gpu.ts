/**
 * Whether a GPU computes, and if not, why: none is seen, the addon knows none, or NVIDIA's libraries are not found.
 */
import { Option, Schema } from "effect"
import type { Answer, Fact } from "./fact.ts"

/** What the installation wrote down of the addon. */
const Decision = Schema.fromJsonString(Schema.Struct({ builtFor: Schema.Literals(["cpu", "gpu"]) }))

export interface GpuFindings {
  /** The installation's record as text. */
  readonly decision: string | undefined
  /** Whether TensorFlow multiplied on a GPU just now. */
  readonly used: boolean
  /** What nvidia-smi says: a line for each GPU. */
  readonly seen: Answer
}

const unmeasured = "Onefold has not been measured on one"

export function gpuFact({ decision, seen, used }: GpuFindings): Fact {
  const builtForGpu = Option.getOrUndefined(Schema.decodeUnknownOption(Decision)(decision))?.builtFor === "gpu"
  const names = (seen ?? "")
    .trim()
    .split("\n")
    .filter((line) => line !== "")
  const value = names.length === 0 ? "none seen" : names.map((name) => name.trim()).join("; ")
  const fact = { name: "GPU", value }
  if (used) {
    const device = names.length === 0 ? "in use" : value
    return { ...fact, value: device, ok: true, note: `TensorFlow computes on it; ${unmeasured}` }
  }
  if (!builtForGpu) {
    if (names.length === 0) return { ...fact, ok: true, note: "none is needed: TensorFlow computes on the processor" }
    const how = "for TensorFlow with CUDA: ONEFOLD_TENSORFLOW=gpu npm run postinstall"
    return { ...fact, ok: true, note: `not used: the addon is built for the processor; ${how}; ${unmeasured}` }
  }
  if (names.length === 0) {
    const note = "the addon is built for CUDA, but no GPU is seen here: TensorFlow computes on the processor"
    return { ...fact, ok: false, note, mend: "nvidia-smi  # in a container: docker run --gpus all" }
  }
  const note =
    "not used: TensorFlow did not find NVIDIA's libraries (CUDA 12.5, cuDNN 9.3); deploy/docker/Dockerfile.cuda has them"
  return { ...fact, ok: false, note, mend: "ldconfig -p | grep -E 'libcudart|libcudnn|libcublas'" }
}
