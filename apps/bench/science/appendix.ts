/**
 * The end of docs/science.md: what repeats an arm, and what the history was asked. Pure.
 */
import { RunId } from "../../../schemas/ids.ts"
import { gainsQuery, runsQuery, secondsQuery, trainingQuery } from "../../cli/sweep/queries.ts"
import { arms, commandOf } from "./arms.ts"
import { atWorkQuery, comparedQuery, evaluationsQuery, trainingCurvesQuery } from "./queries.ts"
import type { Sizes } from "./sizes.ts"

const commands = (sizes: Sizes): string =>
  arms
    .filter(({ name }) => sizes.arms.includes(name))
    .map((arm) => `# ${arm.title}\n${commandOf(arm, sizes, "SEED", "TEST_SEED")}`)
    .join("\n")

const RUN = RunId.make("run")

/** The queries with a run named run in place of the many. */
const queries = (): string =>
  [
    ["Gains: greedy answers to the same problems", gainsQuery([RUN])],
    ["What a run was started with and ended with", runsQuery([RUN])],
    ["Saturation and groups without a signal", trainingQuery([RUN])],
    ["Seconds of a run", secondsQuery([RUN])],
    ["Accuracies, intervals, pass@k and boxed", evaluationsQuery([RUN])],
    ["Training, step by step", trainingCurvesQuery([RUN])],
    ["Two policies on the same problems, by family", comparedQuery([{ run: RUN, step: 60, other: RUN, otherStep: 0 }])],
    ["Seconds of an interrupted sweep", atWorkQuery([RUN])]
  ]
    .map(([title, sql]) => `-- ${title}\n${sql.replace(/^\n/, "")}`)
    .join("\n\n")

export const appendixOf = (sizes: Sizes): string => `## To repeat an arm

SEED and TEST_SEED are one of ${sizes.seeds.map(({ seed, testSeed }) => `${seed} and ${testSeed}`).join(", ")}. A run by itself
evaluates the base too; its weights are those of the arm's run.

\`\`\`sh
${commands(sizes)}
\`\`\`

## The questions to the history

Asked of all runs at once, as \`onefold sql\` would; here for a run named \`run\`. The scores of examples are asked by
\`onefold rank --run\` (apps/cli/rank-of-run.ts).

\`\`\`sql
${queries()}
\`\`\`
`
