/**
 * Commands that work on the runs of this machine's data folder, or on those of a cluster where they are told so.
 *
 * The environment alone does not send them there: a shell in which ONEFOLD_BROKERS is set has runs of its own too.
 */
import { switchFlag } from "../flags.ts"
import { type LogFlags, logFlags } from "./cluster-flags.ts"

export const onClusterFlags = {
  ...logFlags,
  cluster: switchFlag("cluster", "Of the cluster that ONEFOLD_BROKERS names; --brokers says so too")
}

export interface OnClusterFlags extends LogFlags {
  readonly cluster: boolean
}

export const isOnCluster = ({ brokers, cluster }: Pick<OnClusterFlags, "brokers" | "cluster">): boolean =>
  cluster || brokers !== null
