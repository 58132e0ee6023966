/**
 * The command `onefold submit`: a run as `onefold run` would begin it, handed to a cluster's workers.
 */
import { Option } from "effect"
import { Command } from "effect/cli"
import { switchFlag } from "../flags.ts"
import { overridesOf } from "../override-flags.ts"
import { runFlags } from "../run-command.ts"
import { clusterFlags } from "./cluster-flags.ts"
import { submit } from "./submit.ts"

export const submitCommand = Command.make(
  "submit",
  {
    ...runFlags,
    ...clusterFlags,
    follow: switchFlag("follow", "Stay and tell how the run goes, to its end; Ctrl-C leaves it to itself")
  },
  (options) => submit({ ...options, steps: Option.getOrNull(options.steps), overrides: overridesOf(options) })
).pipe(
  Command.withDescription("Hand a run to the workers of a cluster"),
  Command.withExamples([
    {
      command: "onefold submit --brokers kafka-1:9092 --blobs s3://onefold/runs --seed 1",
      description: "The main job, over Kafka"
    }
  ])
)
