/**
 * The commands about a history as a whole, with their flags: `onefold history …` and `onefold export-history`.
 */
import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { dataDir, json, optionalText, runName } from "./flags.ts"
import { exportHistory } from "./history-export.ts"
import { checkHistory, fillHistory, rebuildHistory } from "./history-rebuild.ts"
import { historyStatus, migrateHistory } from "./history-tables.ts"

const model = optionalText("model", "The model's folder, where it has moved since the runs were started")
const someRun = Argument.String("run").pipe(
  Argument.withDescription('Name of a run, or "last"; default: all runs'),
  Argument.optional,
  Argument.map(Option.getOrNull)
)

const status = Command.make("status", { dataDir, json }, historyStatus).pipe(
  Command.withDescription("Say where the history lies, its migrations and its tables")
)

const migrate = Command.make("migrate", { dataDir, json }, migrateHistory).pipe(
  Command.withDescription("Bring the tables up to date and say which migrations ran")
)

const fill = Command.make("fill", { run: someRun, model, dataDir, json }, fillHistory).pipe(
  Command.withDescription("Add the rows that the log has and the tables lack")
)

const rebuild = Command.make("rebuild", { run: someRun, model, dataDir, json }, rebuildHistory).pipe(
  Command.withDescription("Make the tables anew from the log and say whether they held the same rows before"),
  Command.withExamples([{ command: "onefold history rebuild last", description: "The newest run's rows only" }])
)

const check = Command.make("check", { run: someRun, model, dataDir, json }, checkHistory).pipe(
  Command.withDescription("Compare the tables with ones made anew from the log, and leave them as they are")
)

export const historyCommand = Command.make("history").pipe(
  Command.withDescription("The history as a whole: its tables, and whether they are what the log says"),
  Command.withSubcommands([status, migrate, fill, rebuild, check])
)

export const exportHistoryCommand = Command.make(
  "export-history",
  {
    run: runName,
    parquet: Flag.String("parquet").pipe(
      Flag.withDescription("Folder to write one Parquet file a table to; must not exist or be empty")
    ),
    dataDir,
    json
  },
  exportHistory
).pipe(
  Command.withDescription("Write a run's rows as Parquet files, which DuckDB, pandas and polars read"),
  Command.withExamples([
    { command: "onefold export-history last --parquet tables", description: "tables/tokens.parquet and others" }
  ])
)
