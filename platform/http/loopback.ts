/**
 * Hosts of this machine, which nothing leaves on the way to.
 */
import { isIP } from "node:net"

export const isLoopback = (host: string): boolean =>
  /^(localhost|\[?::1\]?)$/i.test(host) || (isIP(host) === 4 && host.startsWith("127."))
