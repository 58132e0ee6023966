/** Every error that a stage can fail with is judged on purpose. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ArtifactUnreadable } from "../../../learning/artifacts.ts"
import { FoldFailed } from "../../../learning/objective/fold.ts"
import { EngineError } from "../../../learning/policy/engine-error.ts"
import { RunUnusable } from "../../../pipelines/runs.ts"
import { HistoryError } from "../../../platform/history/history-error.ts"
import { LogError } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { generated } from "../../../platform/stream/events.fixture.ts"
import { append, emptyLog } from "../../../platform/stream/log.fixture.ts"
import { SettingsDrifted } from "../environment.ts"
import { Directory } from "./directory.ts"
import { judge, judgements, toleranceOf } from "./judge.ts"
import { failed, start, until } from "./story.fixture.ts"

const root = join(import.meta.dirname, "../../..")

/** Errors of commands, of reading files for them, and of a worker before it serves: no stage meets them. */
const elsewhere = new Set([
  ...["BenchmarkInvalid", "UnknownBenchmark", "DemonstrationsInvalid", "NoChatTemplate", "SettingRefused"],
  ...["UnknownProtocol", "RowsUnreadable", "TrainingSetInvalid", "SelectionInvalid", "RankOutOfRange"],
  ...["ChatNotWritable", "CheckpointUnwritable", "ModelUnavailable"],
  ...["QuestionMalformed", "ParameterRefused", "TopicsUnfit", "HttpUnusable", "OtlpUnusable", "BlobPlaceInvalid"]
])

const tags = ["learning", "platform", "pipelines"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !/\.(test|fixture|contract|child)\.ts$/.test(name))
    .flatMap((name) =>
      [...readFileSync(join(root, folder, name), "utf8").matchAll(/TaggedError<\w+>\(\)\(\s*"(\w+)"/g)].map(
        ([, tag]) => tag
      )
    )
)

describe("the judgement of errors", () => {
  it("given every typed error of the code that stages run, then it is judged, or known to come from elsewhere", () => {
    assert.isAbove(tags.length, 40)
    const unjudged = tags.filter((tag) => !Object.hasOwn(judgements, tag) && !elsewhere.has(tag))
    assert.deepStrictEqual(unjudged, [], "say in judge.ts what a worker makes of them")
    const gone = [...Object.keys(judgements), ...elsewhere].filter((tag) => !tags.includes(tag))
    assert.deepStrictEqual(gone, ["SettingsDrifted"], "there are no such errors any more")
  })

  it.each([
    ["ArtifactUnreadable", ArtifactUnreadable.fields.reason.literals],
    ["EngineError", EngineError.fields.reason.literals],
    ["FoldFailed", FoldFailed.fields.reason.literals],
    ["HistoryError", HistoryError.fields.reason.literals],
    ["LogError", LogError.fields.reason.literals]
  ] as const)("given every reason of %s, then it is judged", (tag, reasons) => {
    assert.hasAllKeys(judgements[tag], [...reasons])
  })

  it("given failures as they come, then what passes, what is fatal and what is the event's are told apart", () => {
    const unreadable = (reason: "io" | "missing") =>
      new ArtifactUnreadable({ hash: "h", place: "p", reason, detail: "" })
    assert.strictEqual(judge(unreadable("io")), "passing")
    assert.strictEqual(judge(unreadable("missing")), "late")
    for (const [lasting, judgement] of [
      ["passing", "passing"],
      ["late", "late"],
      ["for-good", "of-the-event"]
    ] as const)
      assert.strictEqual(judge(new RunUnusable({ runId: "a", detail: "", lasting })), judgement)
    const crashed = (operation: string) => new EngineError({ operation, reason: "crashed", detail: "" })
    assert.strictEqual(judge(crashed("gradient")), "crash")
    assert.strictEqual(judge(crashed("start")), "passing")
    assert.strictEqual(judge(new FoldFailed({ reason: "crashed", detail: "" })), "crash")
    assert.strictEqual(judge(new SettingsDrifted({ runId: "a", differences: [] })), "fatal")
    for (const unforeseen of [new TypeError("no"), "text", null, undefined, { _tag: "toString" }, { _tag: 4 }])
      assert.strictEqual(judge(unforeseen), "of-the-event")
  })

  it.effect(
    "given an event that is set aside, then its run is told once, and no word goes to a run that is not there",
    () =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* Effect.gen(function* () {
          const directory = yield* Directory
          const { word } = toleranceOf(directory)
          const event = generated()
          assert.deepStrictEqual(word(event, new Error("no")), [])
          yield* start(event.runId)
          yield* until("it is heard of", () => directory.runs.has(event.runId))
          const [first] = word(event, new TypeError("it is no number"))
          assert.deepInclude(first, {
            _tag: "RunFailed",
            reason: "TypeError",
            detail: "it is no number",
            step: event.step
          })
          yield* append([failed(event.runId)])
          yield* until("it waits", () => directory.runs.get(event.runId)?.standing === "failed")
          assert.deepStrictEqual(word(event, new Error("no")), [])
        }).pipe(Effect.provide(Directory.layer))
      }).pipe(Effect.provide(layerMemory))
  )
})
