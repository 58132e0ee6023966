/**
 * The command `onefold verify` with its flags.
 */
import { Argument, Command, Flag } from "effect/cli"
import { verifyRun } from "./verify.ts"

const defaultLimit = 20

export const verifyCommand = Command.make(
  "verify",
  {
    run: Argument.String("run").pipe(Argument.withDescription('Name of a run, or "last"')),
    blobs: Flag.Boolean("blobs").pipe(
      Flag.withDescription("Read every artifact and hash it; --no-blobs looks at the log alone"),
      Flag.withDefault(true)
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("Faults that are listed at most"),
      Flag.withDefault(defaultLimit)
    ),
    dataDir: Flag.String("data-dir").pipe(
      Flag.withDescription("Folder that keeps runs, weights and history"),
      Flag.withDefault(".onefold")
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("One JSON object on stdout; see docs/cli.md"),
      Flag.withDefault(false)
    )
  },
  verifyRun
).pipe(
  Command.withDescription("Check the whole log of a run and its artifacts: complete, chained, unaltered"),
  Command.withExamples([{ command: "onefold verify last", description: "Every event and every artifact" }])
)
