/**
 * One training example: the rows of Table 3, and of Tables 8 and on where the paper has them.
 */
import { type PaperResult, type Recipe, scores } from "./recipe.ts"

/** Table 3: best of each benchmark; the step is that of the best MATH500. */
const table3 = (math500: number, aime24: number, step: number, remark = ""): PaperResult => ({
  table: "Tab. 3",
  scores: scores(math500, aime24),
  remark: `best of each, MATH500 at step ${step}${remark}`
})

/** The highest rank that there is: DSR-sub has so many examples. */
export const lastRank = 1209

const results: Readonly<Record<number, Recipe["results"]>> = {
  1: {
    "1.5b": { table: "Tab. 8", scores: scores(72.8, 15.4, 51.6, 29.8, 33.5, 7.1, 35.0), remark: "step 1540" },
    "7b": { table: "7B table", scores: scores(79.2, 23.8, 60.3, 27.9, 39.1, 10.8, 40.2) },
    llama: { table: "Llama table", scores: scores(45.8, 7.9, 25.3, 16.5, 17.0, 1.2, 19.0) },
    "r1-distill": {
      table: "R1-Distill table",
      scores: { Avg: 46.3 },
      remark: "evaluated with 32k tokens; 42.3 with 8k"
    },
    "qwen2.5-1.5b": { table: "Tab. 10", scores: { Avg: 15.0 } },
    "1.5b-instruct": { table: "Tab. 10", scores: { Avg: 37.1 } }
  },
  2: { "1.5b": table3(70.6, 17.1, 220) },
  4: { "1.5b": table3(65.6, 17.1, 80) },
  7: { "1.5b": table3(64.0, 12.1, 580) },
  11: { "1.5b": table3(64.0, 13.3, 20) },
  13: {
    "1.5b": { table: "Tab. 8", scores: scores(73.6, 16.7, 53.8, 23.5, 35.7, 10.8, 35.7), remark: "step 2000" }
  },
  16: { "1.5b": table3(67.0, 14.6, 600) },
  17: { "1.5b": table3(67.2, 13.3, 220) },
  605: { "1.5b": table3(71.8, 14.6, 1040) },
  606: { "1.5b": table3(64.4, 14.2, 460) },
  1201: { "1.5b": table3(71.4, 16.3, 940) },
  1207: { "1.5b": table3(54.0, 9.6, 100, ", its label is wrong") },
  1208: { "1.5b": table3(45.0, 8.8, 240, ", too hard") },
  1209: { "1.5b": table3(72.2, 17.5, 1140) }
}

/** The recipe of any π_K, with the paper's numbers where it has them. */
export const singleExample = (rank: number): Recipe => ({
  name: `pi${rank}`,
  title: `GRPO on π${rank} alone`,
  place: results[rank] === undefined ? "no row of its own" : rank === 1 || rank === 13 ? "Tab. 8 and 3" : "Tab. 3",
  results: results[rank] ?? {},
  examples: { kind: "pi", ranks: [rank] },
  settings: {}
})

export const singleExamples: ReadonlyArray<Recipe> = Object.keys(results).map((rank) => singleExample(Number(rank)))
