/**
 * What a check of a run came to, and how it is told: to a person line by line, to a program as one object.
 */
import {
  artifactKinds,
  type Fault,
  type FaultKind,
  type Findings,
  faultKinds,
  type NamedArtifact
} from "../../../pipelines/verification/findings.ts"
import type { Keeping } from "../../../schemas/run-config.ts"
import { printableLine } from "../report/hostile-text.ts"
import { paint, type Terminal } from "../report/terminal.ts"
import type { ArtifactsChecked } from "./check-artifacts.ts"

export interface Verified {
  readonly run: string
  /** What the run was told to keep. */
  readonly keep: Keeping
  readonly findings: Findings
  /** Null where artifacts were not looked at. */
  readonly artifacts: ArtifactsChecked | null
}

const faultsOf = ({ artifacts, findings }: Verified): ReadonlyArray<Fault> => [
  ...findings.faults,
  ...(artifacts?.faults ?? [])
]

export const faultCount = (verified: Verified): number => faultsOf(verified).length

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

const byKind = (faults: ReadonlyArray<Fault>): Readonly<Partial<Record<FaultKind, number>>> =>
  Object.fromEntries(
    faultKinds.flatMap((kind) => {
      const count = faults.filter((fault) => fault.kind === kind).length
      return count === 0 ? [] : [[kind, count]]
    })
  )

const placeOf = ({ place }: Fault): string =>
  place === null ? "not in the log" : `topic ${place.topic}, partition ${place.partition}, offset ${place.offset}`

const faultLines = (fault: Fault, terminal: Terminal): ReadonlyArray<string> => [
  `${paint(terminal, "wrong", fault.kind.padEnd(10))} ${printableLine(fault.id ?? "no event")}`,
  `           ${placeOf(fault)}: ${printableLine(fault.detail)}`
]

const letGoText = (keep: Keeping, letGo: ReadonlyArray<NamedArtifact>): string => {
  const kinds = artifactKinds.flatMap((kind) => {
    const count = letGo.filter(({ what }) => what === kind).length
    return count === 0 ? [] : [`${count} ${kind}`]
  })
  return `${counted(letGo.length, "artifact")} let go, as --keep ${keep} says: ${kinds.join(", ")}`
}

/** Lines without a newline at the end. @param limit faults that are listed at most */
export const verifiedText = (verified: Verified, limit: number, terminal: Terminal): string => {
  const { artifacts, findings, keep, run } = verified
  const faults = faultsOf(verified)
  const { deadLetters, events, isCancelled, isFinished, pending, records, repeats } = findings
  const looked =
    artifacts === null
      ? `${counted(findings.artifacts.size, "artifact")} not looked at`
      : counted(artifacts.whole, "artifact")
  const verdict = faults.length === 0 ? "all in order" : counted(faults.length, "fault")
  const shown = faults.slice(0, limit)
  const hidden = faults.length - shown.length
  const asides = [
    repeats === 0 ? null : `${counted(repeats, "record")} of ${records} said again what an earlier one says`,
    deadLetters === 0 ? null : `${counted(deadLetters, "dead letter")}: see "onefold sql" on dead_letters`,
    artifacts === null || artifacts.letGo.length === 0 ? null : letGoText(keep, artifacts.letGo),
    isFinished
      ? null
      : isCancelled
        ? "the run was cancelled: it is complete as far as it came"
        : "the run is not finished; not yet there:",
    ...pending.map(({ count, first, what }) => `  ${count} ${what}, from ${first} on`)
  ].filter((line) => line !== null)
  return [
    `${run}: ${counted(events, "event")}, ${looked}: ${paint(terminal, faults.length === 0 ? "right" : "wrong", verdict)}`,
    ...asides,
    ...shown.flatMap((fault) => faultLines(fault, terminal)),
    ...(hidden === 0 ? [] : [`and ${counted(hidden, "more fault")}; --limit ${faults.length} lists all`])
  ].join("\n")
}

/** The same as fields of one JSON object. */
export const verifiedFields = (verified: Verified, limit: number): Readonly<Record<string, unknown>> => {
  const { artifacts, findings, run } = verified
  const faults = faultsOf(verified)
  const { deadLetters, events, isCancelled, isFinished, pending, records, repeats } = findings
  return {
    type: "verify",
    run,
    ok: faults.length === 0,
    finished: isFinished,
    cancelled: isCancelled,
    ...{ events, records, repeats, deadLetters },
    artifacts: findings.artifacts.size,
    artifactsWhole: artifacts?.whole ?? null,
    artifactsLetGo: artifacts?.letGo.length ?? null,
    pending,
    faults: faults.length,
    byKind: byKind(faults),
    listed: faults.slice(0, limit)
  }
}
