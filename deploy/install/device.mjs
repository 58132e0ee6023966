// Whether ONEFOLD_TENSORFLOW asks for TensorFlow with CUDA: "gpu" does, anything else is the processor.

export const wantsGpu = process.env.ONEFOLD_TENSORFLOW === "gpu"
