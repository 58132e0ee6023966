/**
 * Does the command line know a container's arguments? Asked of the commands themselves.
 */
import { Completions } from "effect/cli"
import { onefold } from "../apps/cli/commands.ts"

type Flag = Completions.FlagDescriptor

const known = Completions.fromCommand(onefold).subcommands

/** What is wrong with a flag's value, and how many words the flag takes. */
const valueFaults = ({ name, type }: Flag, value: string | undefined): ReadonlyArray<string> => {
  if (type._tag === "Boolean") return []
  if (value === undefined || value.startsWith("--")) return [`--${name} has no value`]
  if (type._tag === "Int" && !/^\d+$/.test(value)) return [`--${name} takes a whole number, not "${value}"`]
  if (type._tag === "Choice" && !type.values.includes(value)) return [`--${name} does not take "${value}"`]
  return []
}

/** Everything in these arguments that the command line would refuse. */
export const faultsOfArguments = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  let at = 0
  let among: ReadonlyArray<Completions.CommandDescriptor> = known
  let flags: ReadonlyArray<Flag> = []
  while (among.length > 0) {
    const command = among.find(({ name }) => name === words[at])
    if (command === undefined) return [`there is no command ${words.slice(0, at + 1).join(" ")}`]
    among = command.subcommands
    flags = command.flags
    at++
  }
  const faults: Array<string> = []
  while (at < words.length) {
    const flag = flags.find(({ name }) => `--${name}` === words[at])
    if (flag === undefined) faults.push(`${words[at]} is not known here`)
    else faults.push(...valueFaults(flag, words[at + 1]))
    at += flag === undefined || flag.type._tag === "Boolean" ? 1 : 2
  }
  return faults
}

/** A flag's value among arguments; undefined where it is not there. */
export const flagValue = (words: ReadonlyArray<string>, flag: string): string | undefined =>
  words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined
