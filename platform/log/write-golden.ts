/**
 * Writes the golden bytes of event versions that have none yet: `node platform/log/write-golden.ts`.
 *
 * A file that is there is never written again: it stands for what already lies in somebody's log.
 */
import { existsSync, writeFileSync } from "node:fs"
import { catalogue, eventTags, goldenFile } from "../../schemas/catalogue.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { encode } from "./codec.ts"

for (const tag of eventTags) {
  const file = new URL(`../../schemas/${goldenFile(tag, catalogue[tag].version)}`, import.meta.url)
  if (existsSync(file)) continue
  writeFileSync(file, encode(goldenEvents[tag]), { flag: "wx" })
  console.log(`wrote ${file.pathname}`)
}
