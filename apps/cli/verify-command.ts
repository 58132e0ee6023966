/**
 * The command `onefold verify` with its flags.
 */
import { Command, Flag } from "effect/cli"
import { dataDir, jsonObject, runName } from "./flags.ts"
import { verifyRun } from "./verify.ts"

const defaultLimit = 20

export const verifyCommand = Command.make(
  "verify",
  {
    run: runName,
    blobs: Flag.Boolean("blobs").pipe(
      Flag.withDescription("Read every artifact and hash it; --no-blobs looks at the log alone"),
      Flag.withDefault(true)
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("Faults that are listed at most"),
      Flag.withDefault(defaultLimit)
    ),
    dataDir,
    json: jsonObject
  },
  verifyRun
).pipe(
  Command.withDescription("Check the whole log of a run and its artifacts: complete, chained, unaltered"),
  Command.withExamples([{ command: "onefold verify last", description: "Every event and every artifact" }])
)
