/**
 * The entry: runs the command line, tells errors in one sentence, and ends with the exit code of their kind.
 */
import { layer as nodeServices } from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Fiber, Layer, Logger } from "effect"
import { CliError, CliOutput, Command } from "effect/cli"
import { onefold } from "./commands.ts"
import { exitCodeOf } from "./exit-codes.ts"
import { printable } from "./report/hostile-text.ts"
import { stoppingLayer } from "./stopping.ts"
import { version } from "./version.ts"

const messageOf = (error: unknown): string => printable(error instanceof Error ? error.message : String(error))

/** Warnings of stages go to stderr, one line each; everything else is told by the reporter. */
const logger = Logger.make(({ logLevel, message }) => {
  if (logLevel === "Warn" || logLevel === "Error" || logLevel === "Fatal")
    process.stderr.write(`${logLevel.toLowerCase()}: ${printable(String(message))}\n`)
})

/** What was mistyped is told on stderr with its help, so that whoever reads stdout reads results only. */
const presenter = CliOutput.layerPresenter({
  present: (event) => {
    const presented = CliOutput.defaultPresenter.present(event)
    if (event._tag !== "InvalidInvocation") return presented
    return Effect.provideService(presented, Console.Console, { ...console, log: console.error })
  }
})

/** Ends the process once all that was written has reached its reader: a pipe takes as long as whoever reads it. */
const leave = (): void => {
  process.stdout.write("", () => process.stderr.write("", () => process.exit()))
}

let stopNow = (exitCode: number): void => process.exit(exitCode)

// A reader that has gone ends us as SIGPIPE would; a run can be resumed.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stopNow(141))
// onefold.mjs was killed, and a kill is meant for the whole of us.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"))

const program = Command.run(onefold, { version }).pipe(
  Effect.provide(
    Layer.mergeAll(
      nodeServices,
      Logger.layer([logger]),
      presenter,
      stoppingLayer((exitCode) => stopNow(exitCode))
    )
  )
)

const fiber = Effect.runFork(program)
stopNow = (exitCode) => {
  process.exitCode = exitCode
  Effect.runFork(Fiber.interrupt(fiber))
  // A thread amid a computation cannot be told to end, and process.exit() would wait for it or tear it.
  setTimeout(() => {
    process.removeAllListeners("SIGINT")
    process.kill(process.pid, "SIGINT")
  }, 2000).unref()
}

fiber.addObserver((exit) => {
  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
    const error = Cause.squash(exit.cause)
    if (!CliError.isCliError(error)) process.stderr.write(`onefold: ${messageOf(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
  leave()
})
