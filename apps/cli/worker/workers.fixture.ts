/**
 * Workers as an operator starts them: processes of their own over a real broker, with folders of their own.
 */
import { join } from "node:path"
import { type Spawned, type SpawnOptions, spawned } from "../spawned.fixture.ts"

export interface Workers {
  /** Flags that every command of this cluster takes. */
  readonly cluster: ReadonlyArray<string>
  /** Starts a worker of a kind, as `["update", "--role", "apply"]`, in a folder that only it has. */
  readonly start: (kind: ReadonlyArray<string>, ...more: ReadonlyArray<string>) => Spawned
}

/** @param scratch where the artifacts lie, and the workers' own folders */
export const workersOf = (brokers: string, scratch: string, options: SpawnOptions = {}, blobs?: string): Workers => {
  let count = 0
  const cluster = ["--brokers", brokers, "--blobs", blobs ?? join(scratch, "blobs"), "--json"]
  const start: Workers["start"] = (kind, ...more) =>
    spawned(
      ["worker", ...kind, ...cluster, "--data-dir", join(scratch, `worker-${count++}`), "--threads", "1", ...more],
      options
    )
  return { cluster, start }
}

export const ready = '"type":"ready"'
