/**
 * The commands `onefold ask` and `onefold sql` with their flags.
 */
import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { answerFormats } from "../../platform/history/query-format.ts"
import { ask } from "./ask.ts"
import { dataDir, optionalInt, optionalText, switchFlag } from "./flags.ts"
import { sql } from "./sql.ts"

const out = optionalText("out", "File to write the rows to, instead of stdout")

export const askCommand = Command.make(
  "ask",
  {
    name: Argument.String("question").pipe(
      Argument.withDescription("Its name; without one, all are listed"),
      Argument.optional,
      Argument.map(Option.getOrNull)
    ),
    run: optionalText("run", 'The run: its name, or "last", which is the default'),
    other: optionalText("other", "The run to compare it with"),
    step: optionalInt("step", "A step, or the one to begin with"),
    to: optionalInt("to", "The step to compare it with"),
    prompt: optionalText("prompt", "A training example's id"),
    top: optionalInt("top", "How many to show"),
    set: Flag.String("set").pipe(
      Flag.withDescription("name=value: any parameter of the question; may be given again"),
      Flag.atLeast(0)
    ),
    show: switchFlag("show", "Print the question's SQL and what it can be given; ask nothing"),
    plot: switchFlag("plot", "Draw the answer in the terminal"),
    svg: optionalText("svg", "File to draw the answer into, as SVG"),
    html: optionalText("html", "File for a page with picture, rows and SQL"),
    format: Flag.Literals("format", answerFormats).pipe(
      Flag.withDescription("How rows are printed; default: table, or no rows where there is a picture"),
      Flag.optional,
      Flag.map(Option.getOrNull)
    ),
    out,
    dataDir
  },
  ask
).pipe(
  Command.withDescription("Ask the history a named question, and draw the answer"),
  Command.withExamples([
    { command: "onefold ask", description: "What can be asked" },
    { command: "onefold ask saturation --plot", description: "Training against held-out accuracy of the last run" },
    {
      command: "onefold ask moved-tokens --step 0 --to 50 --top 10",
      description: "What training made likelier or rarer"
    },
    { command: "onefold ask dynamics --run last --svg dynamics.svg", description: "Entropy, KL, clipping, length" }
  ])
)

export const sqlCommand = Command.make(
  "sql",
  {
    query: Argument.String("query").pipe(Argument.withDescription("One reading statement of ClickHouse SQL")),
    format: Flag.Literals("format", answerFormats).pipe(
      Flag.withDescription("How rows are printed"),
      Flag.withDefault("table")
    ),
    out,
    dataDir
  },
  sql
).pipe(
  Command.withDescription("Ask the history, also while a run is live"),
  Command.withExamples([
    {
      command: 'onefold sql "SELECT step, avg(entropy) FROM tokens GROUP BY step ORDER BY step"',
      description: "Entropy over steps"
    }
  ])
)
