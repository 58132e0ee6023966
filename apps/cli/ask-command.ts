/**
 * The commands `onefold ask` and `onefold sql` with their flags.
 */
import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { answerFormats } from "../../platform/history/query-format.ts"
import { ask } from "./ask.ts"
import { sql } from "./sql.ts"

const dataDir = Flag.String("data-dir").pipe(
  Flag.withDescription("Folder that keeps runs, weights and history"),
  Flag.withDefault(".onefold")
)
const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrNull))
const whole = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrNull))
const out = text("out", "File to write the rows to, instead of stdout")

export const askCommand = Command.make(
  "ask",
  {
    name: Argument.String("question").pipe(
      Argument.withDescription("Its name; without one, all are listed"),
      Argument.optional,
      Argument.map(Option.getOrNull)
    ),
    run: text("run", 'The run: its name, or "last", which is the default'),
    other: text("other", "The run to compare it with"),
    step: whole("step", "A step, or the one to begin with"),
    to: whole("to", "The step to compare it with"),
    prompt: text("prompt", "A training example's id"),
    top: whole("top", "How many to show"),
    set: Flag.String("set").pipe(
      Flag.withDescription("name=value: any parameter of the question; may be given again"),
      Flag.atLeast(0)
    ),
    show: Flag.Boolean("show").pipe(
      Flag.withDescription("Print the question's SQL and what it can be given; ask nothing"),
      Flag.withDefault(false)
    ),
    plot: Flag.Boolean("plot").pipe(Flag.withDescription("Draw the answer in the terminal"), Flag.withDefault(false)),
    svg: text("svg", "File to draw the answer into, as SVG"),
    html: text("html", "File for a page with picture, rows and SQL"),
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
