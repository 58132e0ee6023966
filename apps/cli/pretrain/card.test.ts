import { assert, describe, it } from "@effect/vitest"
import { cardOf } from "./card.ts"

const share = { greedy: 0.2, averageAt8: 0.25, passAt8: 0.75, boxed: 0.8, direct: 0.5 }

describe("cardOf", () => {
  it("given a training, then the card says how it was made, with what, its hash, its figures and its limits", () => {
    const card = cardOf({
      seed: 4,
      phases: [
        { name: "one", openers: false, steps: 10, learningRate: 0.01 },
        { name: "two", openers: true, steps: 20, learningRate: 0.002 }
      ],
      parameters: 208_448,
      sha256: "ab".repeat(32),
      tokens: 1_240_000,
      loss: 0.37374,
      figures: { all: share, byFamily: [{ family: "chain", ...share, greedy: 0.1 }], problems: 150 },
      engine: {
        backend: "tensorflow",
        mode: "graph",
        precision: "float32",
        why: "a test",
        version: "2.18.1",
        oneDnn: true,
        intraOpThreads: 1,
        instructionSet: "avx2"
      }
    })
    const facts = [
      ...[
        "--seed 4",
        "seeds 4 and 5",
        "1.2 million tokens",
        "ab".repeat(32),
        "0.3737 nats",
        "150 development problems"
      ],
      ...["one: 10 steps of 64 documents, learning rate 0.01, no opening tokens"],
      ...["two: 20 steps of 64 documents, learning rate 0.002, responses open with the token of their style"],
      ...["tensorflow 2.18.1, graphs, oneDNN on, 1 thread a worker, avx2", "teaches no new skill"],
      ...["| chain | 0.100 | 0.250 | 0.750 | 0.800 | 0.500 |", "| all | 0.200 | 0.250 | 0.750 | 0.800 | 0.500 |"]
    ]
    for (const fact of facts) assert.include(card, fact)
  })
})
