/** A broker that lets in only whom it knows, over TLS; what it lacks where there is no openssl is told as where there is no Java. */
import { spawnSync } from "node:child_process"
import { makeCertificates } from "./certificates.ts"
import { type KafkaUnavailable, type LocalKafka, startKafka } from "./kafka.ts"
import type { Security } from "./kafka-properties.ts"

/** @param hosts what the broker's certificate, which is made in the folder `certificates`, is for */
export const startSecured = async (
  security: Security,
  hosts?: ReadonlyArray<string>
): Promise<LocalKafka | KafkaUnavailable> => {
  if (spawnSync("openssl", ["version"]).status !== 0)
    return { _tag: "KafkaUnavailable", why: "openssl is not installed", mend: "sudo apt install openssl" }
  makeCertificates(security.certificates, hosts)
  return startKafka({ security })
}
