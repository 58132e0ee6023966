/**
 * Tests over servers of this machine: started for them, stopped after them. Where one cannot be had they are skipped, aloud;
 * with CI=true that is a failure.
 *
 *   await describeOver("the log", startKafka(), (kafka) => { it(…) })
 *   await describeOver("runs", together(startKafka(), startS3Mock()), ({ servers: [kafka, s3] }) => { it(…) })
 */
import { afterAll, assert, describe, it } from "@effect/vitest"
import type { Unavailable } from "./jars.ts"

export interface Server {
  readonly stop: () => Promise<unknown>
}
/** A server, or why there is none. */
export type Outcome = Server | Unavailable

const isServer = <S extends Outcome>(outcome: S): outcome is Extract<S, Server> => "stop" in outcome
const isMissing = (outcome: string | object): outcome is Unavailable => typeof outcome === "object" && "why" in outcome

const wordOf = (outcome: string | object): string =>
  isMissing(outcome) ? `${outcome.why}. To mend it: ${outcome.mend}` : "there is no server"

/** Whether tests are to be skipped, and if so says it aloud: by what they need, or why it cannot be had. */
export const isSkipped = (title: string, needed: string | object): boolean => {
  if (!isMissing(needed)) return false
  console.warn(`SKIPPED: ${title}. ${wordOf(needed)}`)
  return process.env.CI !== "true"
}

/** A server where one must be. */
export const running = <S extends Outcome>(outcome: S): Extract<S, Server> =>
  isServer(outcome) ? outcome : assert.fail(wordOf(outcome))

/**
 * @param starting a server that is being started, or why it cannot be
 * @param body describes tests; called where the server is there
 */
export const describeOver = async <S extends Outcome>(
  title: string,
  starting: Promise<S>,
  body: (server: Extract<S, Server>) => void | Promise<void>
): Promise<void> => {
  const started = await starting
  if (isServer(started)) {
    afterAll(() => started.stop())
    describe(title, () => body(started))
    return
  }
  const skips = isSkipped(title, started)
  describe(title, () => it.skipIf(skips)("has what it is to run over", () => void running(started)))
}

/** Two servers as one. Where one is missing, the other is stopped. */
export const together = async <A extends Outcome, B extends Outcome>(first: Promise<A>, second: Promise<B>) => {
  const [one, other] = await Promise.all([first, second])
  const stop = async (): Promise<void> => {
    for (const each of [one, other]) if ("stop" in each) await each.stop()
  }
  if (isServer(one) && isServer(other)) return { servers: [one, other] as const, stop }
  await stop()
  const outcomes: ReadonlyArray<object> = [one, other]
  const [missing] = outcomes.filter(isMissing)
  return missing
}
