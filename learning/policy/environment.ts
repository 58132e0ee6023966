/**
 * What TensorFlow's bits and threads depend on in the process environment.
 *
 * TensorFlow reads it once, when its library is loaded, and a worker thread's process.env is only a copy: so the main
 * thread sets it before the first worker starts. The one place in `learning` that touches process.env.
 */

/** One thread each for TensorFlow in every worker, oneDNN's kernels on, its chatter off. */
export const pinnedEnvironment = {
  TF_NUM_INTRAOP_THREADS: "1",
  TF_NUM_INTEROP_THREADS: "1",
  OMP_NUM_THREADS: "1",
  TF_ENABLE_ONEDNN_OPTS: "1",
  TF_CPP_MIN_LOG_LEVEL: "2"
}

export const pinEnvironment = (): void => {
  Object.assign(process.env, pinnedEnvironment)
}
