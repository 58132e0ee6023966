/**
 * A local server started by hand: its address is printed, and it stays until Ctrl-C.
 */
import type { Unavailable } from "./jars.ts"

export async function serveByHand(
  started: { readonly address: string; readonly stop: () => Promise<void> } | Unavailable
): Promise<void> {
  if ("why" in started) {
    console.error(`${started.why}.\nTo mend it: ${started.mend}`)
    process.exitCode = 1
    return
  }
  console.log(started.address)
  const end = () => void started.stop()
  process.once("SIGINT", end).once("SIGTERM", end)
}
