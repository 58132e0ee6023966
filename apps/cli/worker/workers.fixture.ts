/**
 * Workers as an operator starts them: a process for each kind, ready before a test goes on, ended after it.
 */
import { join } from "node:path"
import { onefold, type Spawned, spawned } from "../spawned.fixture.ts"

/** Where a cluster of tests is. */
export interface Place {
  readonly brokers: string
  /** A folder that holds artifacts, and the workers' own. */
  readonly folder: string
}

export const placeFlags = ({ brokers, folder }: Place): ReadonlyArray<string> => [
  ...["--brokers", brokers, "--blobs", join(folder, "blobs")]
]

export const pipelineKinds = ["generate", "verify", "update", "evaluate"] as const

export const createTopics = async ({ brokers }: Place): Promise<void> => {
  const { code, stderr } = await onefold(["topics", "create", "--brokers", brokers])
  if (code !== 0) throw new Error(stderr)
}

/** Starts a worker of each kind; resolves once all are ready. */
export const startWorkers = async (
  place: Place,
  kinds: ReadonlyArray<string> = pipelineKinds
): Promise<ReadonlyArray<Spawned>> => {
  const workers = kinds.map((kind) => {
    const dataDir = join(place.folder, `worker-${kind}`)
    return spawned(["worker", kind, ...placeFlags(place), "--data-dir", dataDir, "--threads", "1", "--json"])
  })
  await Promise.all(workers.map(({ until }) => until('"type":"ready"')))
  return workers
}

/** Ends them as a deployment does, and waits until they are gone. */
export const stopWorkers = async (workers: ReadonlyArray<Spawned>): Promise<void> => {
  for (const { child } of workers) child.kill("SIGTERM")
  await Promise.all(workers.map(({ ended }) => ended))
}
