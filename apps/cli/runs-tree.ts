/**
 * Runs as a tree: each under the one that it forks, which comes before it.
 */

export interface Leaf {
  readonly run: string
  /** What it forks and where; null where its past is its own. */
  readonly forkOf: { readonly run: string; readonly step: number } | null
}

export interface Branch<A extends Leaf> {
  readonly leaf: A
  /** 0 for a run whose past is its own, or whose parent is not here. */
  readonly depth: number
}

/** Depth first, children in the order given. */
export const treeOf = <A extends Leaf>(leaves: ReadonlyArray<A>): ReadonlyArray<Branch<A>> => {
  const names = new Set(leaves.map(({ run }) => run))
  const under = (run: string | null, depth: number): ReadonlyArray<Branch<A>> =>
    leaves
      .filter(({ forkOf }) => (forkOf !== null && names.has(forkOf.run) ? forkOf.run : null) === run)
      .flatMap((leaf) => [{ leaf, depth }, ...under(leaf.run, depth + 1)])
  return under(null, 0)
}

/** A run's name as the tree shows it, with where it left. */
export const branchText = <A extends Leaf>({ depth, leaf }: Branch<A>, unicode: boolean): string => {
  if (leaf.forkOf === null) return leaf.run
  const at = ` @${leaf.forkOf.step}`
  if (depth === 0) return `${leaf.run}${at} of ${leaf.forkOf.run}, which is not here`
  return `${"  ".repeat(depth - 1)}${unicode ? "└ " : "+ "}${leaf.run}${at}`
}
