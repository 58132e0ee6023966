/**
 * Where a schema registry is, and whether it may be spoken to as it was named.
 */
import type { Duration, Redacted } from "effect"
import { isLoopback } from "../http/loopback.ts"
import { LogError } from "./event-log.ts"

export interface RegistryConnection {
  /** Where Confluent's API begins, as https://registry:8081 or https://apicurio:8443/apis/ccompat/v7. */
  readonly url: string
  readonly user?: string
  readonly password?: Redacted.Redacted<string>
  /** Lets http go to another machine: whoever listens on the way reads the password and can change what is answered. */
  readonly plaintext?: boolean
  /** How long a registry that does not answer is waited for (10 minutes). */
  readonly patience?: Duration.Input
}

const refused = (place: string, detail: string, next: string): LogError =>
  new LogError({ reason: "refused", place, detail, next })

/** The address without a slash at its end, or why it is not used. What could hold a password is not repeated. */
export const addressOf = ({ plaintext, url }: RegistryConnection): string | LogError => {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    const next = "Give it as https://HOST:PORT, with a path if the registry has one"
    return refused("the schema registry", "its address is no http or https address", next)
  }
  const place = `schema registry ${parsed.origin}`
  if (parsed.username !== "" || parsed.password !== "") {
    return refused(
      place,
      "its address holds a user or a password",
      "Give them beside the address, as user and password"
    )
  }
  if (parsed.search !== "" || parsed.hash !== "") {
    return refused(place, "its address has more than a path", "Leave out what follows ? or #")
  }
  if (parsed.protocol === "http:" && !isLoopback(parsed.hostname) && plaintext !== true) {
    const next = "Use its https address, or allow plaintext if the network between is yours alone"
    return refused(place, "it would be spoken to unencrypted over a network", next)
  }
  return parsed.href.replace(/\/+$/, "")
}
