/**
 * The artifacts of a run, each read whole and held against its name, which is the SHA-256 of its bytes.
 */
import { Effect } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import type { Fault, NamedArtifact } from "../../../pipelines/verification/findings.ts"

/** Whether a run must still have an artifact. */
export type IsKept = (artifact: NamedArtifact) => boolean

export interface ArtifactsChecked {
  /** Those that are there, their bytes as they were. */
  readonly whole: number
  /** Those that are gone, as the run was told to let them go. */
  readonly letGo: ReadonlyArray<NamedArtifact>
  readonly faults: ReadonlyArray<Fault>
}

/** As many at once as are in memory at once. */
const atOnce = 2

export const checkArtifacts = Effect.fn("checkArtifacts")(function* (
  named: ReadonlyMap<string, NamedArtifact>,
  isKept: IsKept
) {
  const artifacts = yield* Artifacts
  let whole = 0
  const letGo: Array<NamedArtifact> = []
  const faults: Array<Fault> = []
  yield* Effect.forEach(
    named.values(),
    (artifact) =>
      artifacts.load(artifact.hash).pipe(
        Effect.match({
          onSuccess: () => {
            whole++
          },
          onFailure: ({ detail, place, reason }) => {
            if (reason === "missing" && !isKept(artifact)) letGo.push(artifact)
            else {
              const said = `${artifact.what} ${artifact.hash} at ${place} cannot be used (${reason}): ${detail}`
              faults.push({ kind: "artifact", id: artifact.id, place: artifact.place, detail: said })
            }
          }
        })
      ),
    { concurrency: atOnce, discard: true }
  )
  const checked: ArtifactsChecked = { whole, letGo, faults }
  return checked
})
