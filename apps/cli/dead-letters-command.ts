/**
 * The command `onefold dead-letters` with what it can do and its flags.
 */
import { Argument, Command } from "effect/cli"
import { logFlags } from "./cluster/cluster-flags.ts"
import { listLetters } from "./dead-letters/list.ts"
import { retryLetters } from "./dead-letters/retry.ts"
import { showLetter } from "./dead-letters/show.ts"
import { json, optionalText, switchFlag } from "./flags.ts"

const flags = {
  ...logFlags,
  dataDir: optionalText("data-dir", "Folder that keeps runs, where no brokers are named; default: .onefold"),
  json
}

const filters = {
  run: optionalText("run", "Only letters of this run"),
  reason: optionalText("reason", "Only letters of this reason, as EventUnreadable")
}

const list = Command.make("list", { ...flags, ...filters }, listLetters).pipe(
  Command.withDescription("List what was set aside, oldest first")
)

const letter = Argument.String("letter").pipe(
  Argument.withDescription("A letter's id, or its record as topic/partition/offset")
)

const show = Command.make("show", { id: letter, ...flags }, showLetter).pipe(
  Command.withDescription("Show all that is known of one: why, the record's first bytes, the event where it is one")
)

const retry = Command.make(
  "retry",
  {
    ids: Argument.variadic(letter),
    all: switchFlag("all", "All that were not driven again yet"),
    ...flags,
    ...filters
  },
  retryLetters
).pipe(Command.withDescription("Append records that were set aside to their topics once more"))

export const deadLettersCommand = Command.make("dead-letters").pipe(
  Command.withDescription("Records that no stage could handle, and what to do with them"),
  Command.withSubcommands([list, show, retry]),
  Command.withExamples([
    {
      command: "onefold dead-letters list --run last-night --brokers kafka-1:9093 --tls",
      description: "What of a run"
    },
    { command: "onefold dead-letters retry --all --run last-night", description: "Once its cause is mended" }
  ])
)
