/**
 * `npm run bench -- NAME [options]`: runs one of the benchmarks that lie beside this file.
 */
const names = [
  "mini",
  "engine",
  "log",
  "history",
  "codec",
  "smol",
  "peers",
  "leaks",
  "precision",
  "sweep",
  "grader",
  "grader-fuzz",
  "questions",
  "record-run",
  "replay",
  "evaluate",
  "kafka-step",
  "kafka-transactions",
  "kafka-log",
  "generate-workers"
] as const

const name = names.find((each) => each === process.argv[2])
if (name === undefined) {
  process.stderr.write(`name a benchmark: ${names.join(", ")}\n`)
  process.exit(2)
}
process.argv.splice(2, 1)
await import(`./${name}.ts`)
