/**
 * The columns that say which token a row is about, where a row stands for one token.
 */
import { uint32, word } from "./columns.ts"

/** An answer in an event whose arrays lie end to end, answer after answer. */
interface PackedAnswer {
  readonly promptId: string
  readonly sampleIndex: number
  /** In response tokens. */
  readonly length: number
}

export class PackedTokenColumns {
  readonly columns = { prompt: word(), sample: uint32(), position: uint32() }

  /** Pushes a row for each token of the answers, in packed order. */
  push(answers: ReadonlyArray<PackedAnswer>): void {
    const { position, prompt, sample } = this.columns
    for (const { length, promptId, sampleIndex } of answers) {
      prompt.repeat(promptId, length)
      sample.repeat(sampleIndex, length)
      position.count(length)
    }
  }
}
