/**
 * What `npm run science` compares: the method, its controls and ablations, each as `onefold run` would be asked for it.
 */
import { exampleIds } from "../../../learning/datasets/miniature/problems.ts"
import { defaultExample } from "../../cli/presets.ts"

export const armNames = [
  "one-good-example",
  "one-bad-example",
  "format-reward",
  "entropy-only",
  "policy-loss-only",
  "no-policy-loss",
  "wrong-label",
  "ppo",
  "two-examples",
  "full-set"
] as const
export type ArmName = (typeof armNames)[number]

export interface Arm {
  readonly name: ArmName
  readonly title: string
  /** Names of the pool. */
  readonly examples: readonly [string, ...ReadonlyArray<string>]
  /** By name; null: the preset's. */
  readonly reward: string | null
  /** `key=value`, as --set takes them. */
  readonly set: ReadonlyArray<string>
}

/** Chosen as bad on a development seed: its training reward rises and held-out accuracy does not. */
export const badExample = "seq:4"

const good = [defaultExample] as const
const [firstId, ...otherIds] = exampleIds()

/** All that the reference's entropy-only runs keep of the loss is the entropy. */
const armOf = (name: ArmName): Arm => {
  const arm = (title: string, change: Partial<Arm> = {}): Arm => ({
    ...{ name, title, examples: good, reward: null, set: [] },
    ...change
  })
  switch (name) {
    case "one-good-example":
      return arm(`one good example (${defaultExample})`)
    case "one-bad-example":
      return arm(`one bad example (${badExample})`, { examples: [badExample] })
    case "format-reward":
      return arm("format reward only", { reward: "format" })
    case "entropy-only":
      return arm("entropy only", {
        set: ["policyCoefficient=0", "klCoefficient=0", "weightDecay=0", "entropyCoefficient=0.001"]
      })
    case "policy-loss-only":
      return arm("policy loss only", { set: ["entropyCoefficient=0", "klCoefficient=0", "weightDecay=0"] })
    case "no-policy-loss":
      return arm("no policy loss", { set: ["policyCoefficient=0"] })
    case "wrong-label":
      return arm("wrong label on purpose", { reward: "wrong-label" })
    case "ppo":
      return arm("PPO", { set: ["advantage=gae"] })
    case "two-examples":
      return arm(`two examples (${defaultExample}, chain:0)`, {
        examples: [defaultExample, "chain:0"],
        set: ["copies=8"]
      })
    case "full-set":
      return arm(`the full set (${exampleIds().length} examples)`, {
        examples: [firstId, ...otherIds],
        set: ["batchPrompts=16", "copies=1"]
      })
  }
}

export const arms: ReadonlyArray<Arm> = armNames.map(armOf)

/** The file beside the page that holds an arm's examples, where they are several. */
export const dataFileOf = ({ examples, name }: Arm): string | null => (examples.length === 1 ? null : `${name}.jsonl`)

export interface CommandSettings {
  readonly preset: string
  readonly steps: number
  /** Over all arms, `key=value`. */
  readonly set: ReadonlyArray<string>
}

/** The command that repeats one run of an arm, from the repository's root. */
export const commandOf = (
  arm: Arm,
  { preset, set, steps }: CommandSettings,
  seed: string,
  testSeed: string
): string => {
  const file = dataFileOf(arm)
  return [
    "onefold run",
    file === null ? `--example ${arm.examples[0]}` : `--data docs/science/${file}`,
    ...(arm.reward === null ? [] : [`--reward ${arm.reward}`]),
    ...[...arm.set, ...set].map((setting) => `--set ${setting}`),
    `--preset ${preset} --steps ${steps} --seed ${seed} --test-seed ${testSeed} --validation none`
  ].join(" ")
}
