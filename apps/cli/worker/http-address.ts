/**
 * Where a worker answers over HTTP, from a flag.
 */
import { Effect } from "effect"
import { unusable } from "../cluster/cluster-unusable.ts"

/** From `host:port`, or a port alone, which is loopback's. Fails with ClusterUnusable. */
export const addressOf = Effect.fn("httpAddress.of")(function* (text: string) {
  const [, host = "127.0.0.1", port] = /^(?:([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535)
    return yield* unusable("--http", `"${text}" is no address`, "Write host:port, as 0.0.0.0:9464, or a port alone")
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) }
})
