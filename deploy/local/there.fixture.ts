/**
 * Tests over servers of this machine: started for them, stopped after them. Where one cannot be had they are skipped, aloud;
 * with CI=true that is a failure.
 *
 *   await describeOver("the log", startKafka(), (kafka) => { it(…) })
 *   await describeOver("runs", together(startKafka(), startS3Mock()), ({ servers: [kafka, s3] }) => { it(…) })
 */
import { afterAll, assert, describe, it } from "@effect/vitest"

interface Server {
  readonly stop: () => Promise<unknown>
}
interface Missing {
  readonly why: string
  readonly mend: string
}
type Outcome = Server | Missing

const isServer = <S extends Outcome>(outcome: S): outcome is Extract<S, Server> => "stop" in outcome

const isExpected = process.env.CI === "true"

/** Says aloud that tests are skipped, and why. */
const sayMissing = (title: string, outcome: Outcome): string => {
  const why = "why" in outcome ? `${outcome.why}. To mend it: ${outcome.mend}` : "there is no server"
  console.warn(`SKIPPED: ${title}. ${why}`)
  return why
}

/** @param starting a server that is being started, or why it cannot be */
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
  const why = sayMissing(title, started)
  describe(title, () => it.skipIf(!isExpected)("has what it is to run over", () => assert.fail(why)))
}

/** A server that a test has started amid its work; the test is skipped where there is none. */
export const there = <S extends Outcome>(title: string, outcome: S, skip: () => never): Extract<S, Server> => {
  if (isServer(outcome)) return outcome
  const why = sayMissing(title, outcome)
  return isExpected ? assert.fail(why) : skip()
}

/** Two servers as one. Where one is missing, the other is stopped. */
export const together = async <A extends Outcome, B extends Outcome>(first: Promise<A>, second: Promise<B>) => {
  const [one, other] = await Promise.all([first, second])
  const stop = async (): Promise<void> => {
    for (const each of [one, other]) if ("stop" in each) await each.stop()
  }
  if (isServer(one) && isServer(other)) return { servers: [one, other] as const, stop }
  await stop()
  return lacking([one, other])
}

const lacking = (outcomes: ReadonlyArray<Outcome>): Missing => {
  const [first] = outcomes.filter((outcome) => "why" in outcome)
  return first
}
