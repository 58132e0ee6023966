/**
 * One uniform number by coordinates, for sampling tokens.
 *
 * key = (seed, stream), counter = (step, prompt, sample, position). Nothing else enters, so a token's draw does not
 * depend on its batch, its worker or what was drawn before.
 */
import { crc32 } from "node:zlib"
import { philox, uint32, unitInterval } from "./philox.ts"

/** The last counter word of `sequence`; no position may take it, so the two never meet under one key. */
export const sequenceWord = 0xffffffff

/** Every field is a uint32. */
export interface Coordinates {
  /** What the draw is for (training rollouts, evaluation…). */
  readonly stream: number
  readonly step: number
  /** `hashOf(promptId)`. */
  readonly prompt: number
  readonly sample: number
  /** Index of the token within the response; below 2^32 - 1. */
  readonly position: number
}

/** CRC-32 of the UTF-8 bytes: a name as a uint32 coordinate. */
export const hashOf = (name: string): number => crc32(name)

/** A double in [0, 1) with 53 random bits. Throws RangeError for a seed or coordinate that is no uint32. */
export const uniformAt = (seed: number, at: Coordinates): number => {
  if (at.position === sequenceWord) throw new RangeError(`position must be below ${sequenceWord}`)
  const words = philox(
    [uint32("seed", seed), uint32("stream", at.stream)],
    [uint32("step", at.step), uint32("prompt", at.prompt), uint32("sample", at.sample), uint32("position", at.position)]
  )
  return unitInterval(words[0], words[1])
}
