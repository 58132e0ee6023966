/**
 * The flags that many commands have, and the forms of those that may be left out.
 */
import { Option } from "effect"
import { Argument, Flag } from "effect/cli"

/** Null where it is left out. */
export const optionalText = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrNull))

/** A whole number; null where it is left out. */
export const optionalInt = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrNull))

/** False where it is left out. */
export const switchFlag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

export const dataDir = Flag.String("data-dir").pipe(
  Flag.withDescription("Folder that keeps runs, weights and history"),
  Flag.withDefault(".onefold")
)
export const json = switchFlag("json", "One JSON object a line on stdout; see docs/cli.md")
export const jsonObject = switchFlag("json", "One JSON object on stdout; see docs/cli.md")
export const runName = Argument.String("run").pipe(Argument.withDescription('Name of a run, or "last"'))
export const movedModel = optionalText("model", "The model's folder, where it has moved since the run was started")
