/**
 * The entry: runs the command line, tells errors in one sentence, and ends with the exit code of their kind.
 */
import { NodeServices } from "@effect/platform-node"
import { Cause, Effect, Exit, Fiber, Layer, Logger } from "effect"
import { CliError, Command } from "effect/cli"
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

let stopNow = (): void => process.exit(130)

const program = Command.run(onefold, { version }).pipe(
  Effect.provide(
    Layer.mergeAll(
      NodeServices.layer,
      Logger.layer([logger]),
      stoppingLayer(() => stopNow())
    )
  )
)

const fiber = Effect.runFork(program)
stopNow = () => {
  process.exitCode = 130
  Effect.runFork(Fiber.interrupt(fiber))
  // A thread that does not end by itself must not hold up somebody who wants to leave.
  setTimeout(() => process.exit(130), 3000).unref()
}

fiber.addObserver((exit) => {
  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
    const error = Cause.squash(exit.cause)
    if (!CliError.isCliError(error)) process.stderr.write(`onefold: ${messageOf(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
  process.exit()
})
