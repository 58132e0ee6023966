/**
 * One exit code for each kind of trouble, so that a script can tell them apart. Documented in docs/cli.md.
 */

const byTag: Readonly<Record<string, number>> = {
  // 2: what was typed
  ShowHelp: 2,
  UnknownPreset: 2,
  UnknownFamily: 2,
  UnknownBackend: 2,
  OptionOutOfRange: 2,
  SettingsContradictory: 2,
  ProblemsUnavailable: 2,
  RunNotFound: 2,
  StepNotStored: 2,
  // 3: the example or its text
  ExampleUnusable: 3,
  TextNotWritable: 3,
  // 4: the data folder, its log and its artifacts cannot be used
  DataFolderUnusable: 4,
  LogError: 4,
  HistoryError: 4,
  ArtifactUnwritable: 4,
  CheckpointUnwritable: 4,
  ExportRefused: 4,
  // 5: something stored is damaged
  ArtifactUnreadable: 5,
  CheckpointInvalid: 5,
  TokenizerInvalid: 5,
  EventUnreadable: 5,
  RecordUnreadable: 5,
  ChainBroken: 5,
  GradientsMissing: 5,
  // 6: going on would change bits
  SettingsDrifted: 6,
  // 7: the model or its backend
  EngineError: 7,
  FoldFailed: 7
}

/** Where the reason says more than the kind: these are damage. */
const byReason: Readonly<Record<string, number>> = {
  "LogError corrupt": 5,
  "HistoryError incomplete": 5,
  "EngineError weights-unreadable": 5
}

const tagOf = (error: unknown): string | null =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string" ? error._tag : null

const reasonOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "reason" in error ? String(error.reason) : ""

/** The code of an error, of what it was caused by where it only wraps, and 1 for what nobody foresaw. */
export const exitCodeOf = (error: unknown): number => {
  const tag = tagOf(error)
  if (tag === "StageFailed" && typeof error === "object" && error !== null && "cause" in error)
    return exitCodeOf(error.cause)
  if (tag === null) return 1
  return byReason[`${tag} ${reasonOf(error)}`] ?? byTag[tag] ?? 1
}
