/**
 * `--set key=value` for all runs of a sweep: as for one run, but for what the sweep chooses itself.
 */
import { Effect } from "effect"
import { SettingRefused, settingsOf } from "../settings.ts"

/** Settings that a sweep chooses, or that have a flag of their own. */
const chosen: ReadonlyArray<readonly [key: RegExp, by: string]> = [
  [/^prompts$/, "--examples chooses them"],
  [/^model$/, "a sweep is over the miniature's base"],
  [/^seed$/, "--seeds chooses it"],
  [/^steps$/, "--steps chooses it"],
  [/^evaluation\.testSeed$/, "--test-seed chooses it"],
  [/^(lora|critic)(\.|$)/, "a sweep trains all weights and no critic"]
]

/** What was set. Fails with SettingRefused. */
export const sweepSettings = Effect.fn("sweep.settings")(function* (typed: ReadonlyArray<string>) {
  for (const each of typed) {
    const [key, ...rest] = each.split("=")
    const by = chosen.find(([pattern]) => pattern.test(key))?.[1]
    if (by !== undefined)
      return yield* new SettingRefused({ key, value: rest.join("="), reason: `it cannot be set; ${by}` })
  }
  const set = yield* settingsOf(typed)
  if (set.advantage !== "gae") return set
  return yield* new SettingRefused({
    ...{ key: "advantage", value: "gae" },
    reason: "it needs a critic, and a sweep trains none; set it to grpo or rloo"
  })
})
