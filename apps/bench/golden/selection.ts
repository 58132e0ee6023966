/**
 * The ranking of a reference folder against ours: selection_raw.json, through the reader that `onefold rank` reads files
 * with, must give the order and the scores of selection.json.
 *
 * Scores are those of numpy in double precision, which ours equal to the last bit; a relative 1e-12 is granted. Ranks of
 * selection.json are places in its `ranking`, counted from 0.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { readHistories } from "../../../learning/selection/histories.ts"
import { type Ranked, ranked } from "../../../learning/selection/ranking.ts"
import { type Check, failed, near, saidBy, same } from "./check.ts"

const Index = Schema.Union([Schema.Int, Schema.String])

const Selection = Schema.fromJsonString(
  Schema.Struct({
    method: Schema.Literals(["std", "lim"]),
    examples: Schema.Array(
      Schema.Struct({
        index: Index,
        history: Schema.Array(Schema.Finite),
        score: Schema.Finite,
        rank: Schema.Int
      })
    ),
    ranking: Schema.Array(Index)
  })
)
type Expected = (typeof Selection.Type)["examples"][number]

const checkExample = ({ index, rank, score }: Expected, ranking: ReadonlyArray<Ranked>): Check => {
  const name = `selection ${index}`
  const ours = ranking.find((each) => each.index === String(index))
  if (ours === undefined) return failed(name, "selection_raw.json does not have it")
  const checks = [
    near(`${name} score`, [ours.score], [score], 1e-12 * Math.abs(score)),
    same(`${name} rank`, [ours.rank - 1], [rank])
  ]
  return { name, off: checks.flatMap(({ off }) => off) }
}

/** Order, scores and ranks of a folder's examples. Never fails: what could not be checked is a failed check. */
export const checkSelection = Effect.fn("golden.selection")(function* (folder: string) {
  const read = (file: string) => Effect.try({ try: () => readFileSync(join(folder, file), "utf8"), catch: saidBy })
  return yield* Effect.gen(function* () {
    const expected = yield* Effect.flatMap(read("selection.json"), Schema.decodeUnknownEffect(Selection))
    const histories = yield* readHistories("selection_raw.json", yield* read("selection_raw.json"))
    const ranking = ranked(histories, expected.method, 0)
    const inOrder = expected.examples.map(({ index }) => String(index))
    const checks: ReadonlyArray<Check> = [
      same(
        "selection order of the file",
        histories.map(({ index }) => index),
        inOrder
      ),
      same(
        "selection ranking",
        ranking.map(({ index }) => index),
        expected.ranking.map(String)
      ),
      ...histories.map(({ history, index }, i) =>
        same(`selection ${index} history`, history, expected.examples.at(i)?.history ?? [])
      ),
      ...expected.examples.map((example) => checkExample(example, ranking))
    ]
    return checks
  }).pipe(Effect.catch((error) => Effect.succeed([failed("selection", saidBy(error))])))
})
