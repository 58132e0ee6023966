/**
 * The golden checker: Onefold against any folder of reference numbers of the form of ../shared/golden.
 *
 *   npm run -s golden -- DIR [models] [malformed] [losses] [selection]
 *
 * Tells each value that is off, and ends with how many cases passed and failed. Without names: models and malformed.
 * Ends with 1 where something failed, with 2 where something that was asked for is not checked at all.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Console, Effect } from "effect"
import { type Check, failed, saidBy } from "./golden/check.ts"
import { checkLosses, lossDevice, lossesIn } from "./golden/losses.ts"
import { checkDamaged, damagedIn } from "./golden/malformed.ts"
import { checkModel, modelsIn } from "./golden/models.ts"
import { checkSelection } from "./golden/selection.ts"

const usual: ReadonlyArray<string> = ["models", "malformed"]
/** A file of this name beside the folders; checked where it is named. */
const files: ReadonlyArray<string> = ["losses", "selection"]

/** Where a section lies in the reference folder. */
const placeOf = (name: string): string => (files.includes(name) ? `${name}.json` : name)

const summary = (name: string, checks: ReadonlyArray<Check>): string => {
  const failures = checks.filter(({ off }) => off.length > 0).length
  return `${name}: ${checks.length - failures} passed, ${failures} failed`
}

const tell = (name: string, checks: ReadonlyArray<Check>) =>
  Effect.andThen(
    Effect.forEach(checks, ({ off }) => Effect.forEach(off, (line) => Console.log(`off  ${line}`))),
    Console.log(summary(name, checks))
  )

const models = Effect.fn("golden.models")(function* (folder: string) {
  const all: Array<Check> = []
  for (const name of modelsIn(folder)) {
    const checks = yield* checkModel(folder, name)
    yield* tell(name, checks)
    all.push(...checks)
  }
  return all
})

const malformed = Effect.fn("golden.malformed")(function* (folder: string) {
  const all: Array<Check> = []
  for (const damaged of damagedIn(folder)) {
    const { check, said } = yield* checkDamaged(folder, damaged)
    yield* Console.log(`     ${damaged.name} (${damaged.what}): ${said}`)
    all.push(check)
  }
  yield* tell("malformed", all)
  return all
})

const selection = Effect.fn("golden.tellSelection")(function* (folder: string) {
  const all = yield* checkSelection(folder)
  yield* tell("selection", all)
  return all
})

const losses = Effect.fn("golden.losses")(function* (folder: string) {
  const recorded = yield* Effect.result(Effect.try({ try: () => lossesIn(folder), catch: saidBy }))
  if (recorded._tag === "Failure") {
    const checks = [failed("losses", `losses.json cannot be read: ${recorded.failure.replace(/\s+/g, " ")}`)]
    yield* tell("losses", checks)
    return { checks, isWhole: false }
  }
  const { checks, skipped, unchecked } = checkLosses(recorded.success, yield* lossDevice())
  for (const line of [...skipped, ...unchecked]) yield* Console.log(`     ${line}`)
  yield* tell("losses", checks)
  yield* Console.log(`losses: ${skipped.length} skipped, ${unchecked.length} not checked`)
  return { checks, isWhole: unchecked.length === 0 && checks.length > 0 }
})

const stop = (why: string): never => {
  process.stderr.write(`${why}\nusage: npm run -s golden -- DIR [models] [malformed] [losses] [selection]\n`)
  process.exit(2)
}

const [folder, ...named] = process.argv.slice(2)
if (folder === undefined || !existsSync(folder)) stop(`there is no folder ${folder ?? "named"}`)
const odd = named.find((name) => ![...usual, ...files].includes(name))
if (odd !== undefined) stop(`there is nothing to check by the name of ${odd}`)
const asked: ReadonlyArray<string> = named.length === 0 ? usual : named
const absent = asked.find((name) => !existsSync(join(folder, placeOf(name))))
if (absent !== undefined) stop(`${folder} has no ${placeOf(absent)}`)

const golden = Effect.gen(function* () {
  const all: Array<Check> = []
  if (asked.includes("models")) all.push(...(yield* models(folder)))
  if (asked.includes("malformed")) all.push(...(yield* malformed(folder)))
  if (asked.includes("selection")) all.push(...(yield* selection(folder)))
  let isWhole = true
  if (asked.includes("losses")) {
    const report = yield* losses(folder)
    all.push(...report.checks)
    isWhole = report.isWhole
  }
  const failures = all.filter(({ off }) => off.length > 0).length
  yield* Console.log(`${all.length - failures} passed, ${failures} failed`)
  return failures > 0 ? 1 : isWhole ? 0 : 2
})

process.exitCode = await Effect.runPromise(golden)
