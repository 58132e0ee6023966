/**
 * What a store of artifacts must know before it removes one: who stores it just now, and whether it was stored when it was
 * there already, so that two may want it.
 */
import type { Sha256 } from "../../learning/artifacts.ts"

export class Claims {
  /** Being stored, by how many. */
  readonly #storing = new Map<Sha256, number>()
  readonly #twice = new Set<Sha256>()

  /** First of all: whoever removes at this moment must see that somebody stores. */
  begin(hash: Sha256): void {
    this.#storing.set(hash, (this.#storing.get(hash) ?? 0) + 1)
  }

  end(hash: Sha256): void {
    const count = (this.#storing.get(hash) ?? 0) - 1
    if (count > 0) this.#storing.set(hash, count)
    else this.#storing.delete(hash)
  }

  /** It was there already. */
  again(hash: Sha256): void {
    this.#twice.add(hash)
  }

  mayGo(hash: Sha256): boolean {
    return !this.#storing.has(hash) && !this.#twice.has(hash)
  }
}
