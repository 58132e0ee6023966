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
  SettingRefused: 2,
  UnknownRecipe: 2,
  ProblemsUnavailable: 2,
  RunNotFound: 2,
  StepNotStored: 2,
  PastMissing: 2,
  PolicyNotKept: 2,
  NotRecorded: 2,
  StepUnknown: 2,
  NoValidation: 2,
  NotEvaluated: 2,
  UnknownBenchmark: 2,
  UnknownProtocol: 2,
  NoChatTemplate: 2,
  OptionsConflict: 2,
  ParentMissing: 2,
  KeepingRefused: 2,
  BatchIndivisible: 2,
  RankOutOfRange: 2,
  NothingToRank: 2,
  NothingToRegrade: 2,
  UnknownReward: 2,
  QuestionNotFound: 2,
  ParameterRefused: 2,
  RewardParameterRefused: 2,
  ExamplesUnknown: 2,
  SeedsUnreadable: 2,
  UnknownModel: 2,
  NothingToCompare: 2,
  UnpairedProblems: 2,
  UnequalAnswers: 2,
  ClusterUnusable: 2,
  LetterNotFound: 2,
  NothingNamed: 2,
  RunStandsOtherwise: 2,
  NameTaken: 2,
  BlobPlaceInvalid: 2,
  HttpUnusable: 2,
  OtlpUnusable: 2,
  // 3: the example or its text, a prompt, a line of input
  ExampleUnusable: 3,
  InputUnusable: 3,
  SelectionInvalid: 3,
  TrainingSetInvalid: 3,
  ChatNotWritable: 3,
  TextNotWritable: 3,
  RewardFileUnusable: 3,
  LabelImpossible: 3,
  BenchmarkInvalid: 3,
  DemonstrationsInvalid: 3,
  // 4: the data folder, its log and its artifacts cannot be used
  DataFolderUnusable: 4,
  SweepTaken: 4,
  EvaluationTaken: 4,
  SamplesUnwritable: 4,
  LogError: 4,
  TopicsUnfit: 4,
  RecordGone: 4,
  HistoryError: 4,
  ArtifactUnwritable: 4,
  CheckpointUnwritable: 4,
  ExportRefused: 4,
  RerunNotKept: 4,
  FileUnwritable: 4,
  // 5: something stored is damaged
  ArtifactUnreadable: 5,
  SheetInvalid: 5,
  CheckpointInvalid: 5,
  TokenizerInvalid: 5,
  EventUnreadable: 5,
  RecordUnreadable: 5,
  HistoryDiffers: 5,
  UnknownQuestion: 5,
  ChainBroken: 5,
  NoCritic: 5,
  GradientsMissing: 5,
  ShardInvalid: 5,
  LogDamaged: 5,
  RunNotInOrder: 5,
  ConfigUnreadable: 5,
  // 6: going on would change bits
  SettingsDrifted: 6,
  RewardFileChanged: 6,
  // 7: the model or its backend
  EngineError: 7,
  FoldFailed: 7,
  CannotStart: 7,
  // 8: a model of the hub could not be had
  ModelUnavailable: 8,
  // 9: a reward is unknown, and the run was told to stop there
  RewardUnknown: 9,
  // 10: what was done again is not what was recorded
  ReplayDiffers: 10,
  RerunDiffers: 10,
  // 11: a run of a cluster waits for somebody
  RunWaits: 11
}

/** Where the reason, or the kind of it, says more than the tag. */
const byReason: Readonly<Record<string, number>> = {
  "LogError corrupt": 5,
  "HistoryError incomplete": 5,
  "EngineError weights-unreadable": 5,
  "ModelUnavailable name": 2,
  "ModelUnavailable disk": 4
}

const tagOf = (error: unknown): string | null =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string" ? error._tag : null

const reasonOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return ""
  return "kind" in error ? String(error.kind) : "reason" in error ? String(error.reason) : ""
}

/** The code of an error, of what it was caused by where it only wraps, and 1 for what nobody foresaw. */
export const exitCodeOf = (error: unknown): number => {
  const tag = tagOf(error)
  if (tag === "StageFailed" && typeof error === "object" && error !== null && "cause" in error)
    return exitCodeOf(error.cause)
  if (tag === null) return 1
  return byReason[`${tag} ${reasonOf(error)}`] ?? byTag[tag] ?? 1
}
