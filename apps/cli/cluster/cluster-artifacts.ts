/**
 * The artifacts of a cluster: a shared folder, or a bucket with what was used last kept on this machine.
 */
import { join } from "node:path"
import { blobsAt } from "../../../platform/blobs/place.ts"
import type { Cluster } from "./cluster.ts"

/** @param folder this machine's own, for the cache */
export const clusterArtifacts = ({ blobCacheBytes, blobs, plaintext }: Cluster, folder: string) =>
  blobsAt(blobs, {
    cache: blobCacheBytes === 0 ? null : { folder: join(folder, "blob-cache"), bytes: blobCacheBytes },
    plaintext
  })
