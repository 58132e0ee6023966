/**
 * What TensorFlow's bits and threads depend on in the process environment.
 *
 * TensorFlow reads it once, when its library is loaded, and a worker thread's process.env is only a copy: so the main
 * thread sets it before the first worker starts. The one place in `learning` that touches process.env.
 */

/** oneDNN's kernels are on, TensorFlow's chatter is off. */
export const pinnedEnvironment = {
  TF_ENABLE_ONEDNN_OPTS: "1",
  TF_CPP_MIN_LOG_LEVEL: "2"
}

/**
 * @param workers graphs of all workers run on as many threads, which they share; bits do not depend on how many
 * @param threads inside one operation; bits depend on it
 */
export const pinEnvironment = (workers: number, threads = 1): void => {
  Object.assign(process.env, pinnedEnvironment, {
    TF_NUM_INTEROP_THREADS: String(workers),
    TF_NUM_INTRAOP_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads)
  })
}
