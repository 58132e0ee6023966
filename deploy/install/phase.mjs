// One printed line for each phase of the installation: what is done, how it went, how long it took.

/**
 * @template {{ ok: boolean, why?: string }} A
 * @param {string} words what the phase does
 * @param {() => A} work
 * @returns {A}
 */
export function phase(words, work) {
  const start = process.hrtime.bigint()
  process.stdout.write(`onefold: ${words} ... `)
  const result = work()
  const seconds = (Number(process.hrtime.bigint() - start) / 1e9).toFixed(1)
  process.stdout.write(result.ok ? `done in ${seconds} s\n` : `no, after ${seconds} s: ${result.why}\n`)
  return result
}
