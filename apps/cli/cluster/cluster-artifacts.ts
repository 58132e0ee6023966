/**
 * The artifacts of a cluster: a shared folder, or a bucket with what was used last kept on this machine.
 */
import { resolve } from "node:path"
import { layerLocal } from "../../../platform/blobs/local.ts"
import type { Cluster } from "./cluster.ts"

/** @param folder this machine's own, for the cache */
export const clusterArtifacts = ({ blobs }: Cluster, _folder: string) => layerLocal(resolve(blobs))
