/**
 * Would the workers take these settings? Asked of their own reader, which refuses what is malformed or not encrypted.
 */
import { ConfigProvider, Effect } from "effect"
import { type Cluster, clusterOf } from "../apps/cli/cluster/cluster.ts"

/** The cluster as a worker sees it. Fails with the reader's own words. */
export const clusterAs = (
  how: { readonly plaintext: boolean; readonly tls: boolean },
  env: Readonly<Record<string, string>>
): Promise<Cluster> =>
  clusterOf({
    ...how,
    ...{
      brokers: null,
      registry: null,
      blobs: null,
      blobCache: 0,
      compression: null,
      tlsCa: null,
      tlsCert: null,
      tlsKey: null
    }
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))), Effect.runPromise)
