/**
 * partitionOf: which partition a key belongs to. One function for every layer, so that a run reads the same whatever
 * log it was written to.
 *
 * A key that ends in `/n` lies n partitions on from its head: the cohorts or shards of one step, numbered from 0, spread
 * evenly instead of by luck, so that two workers never wait while one partition holds all the work.
 */
import { crc32 } from "node:zlib"

const numbered = /^(.*)\/(\d{1,9})$/s

/** CRC-32 of the key's head in UTF-8, plus its number, modulo the number of partitions (>= 1). */
export const partitionOf = (key: string, partitions: number): number => {
  const [, head, number] = numbered.exec(key) ?? ["", key, "0"]
  return (crc32(head) + Number(number)) % partitions
}
