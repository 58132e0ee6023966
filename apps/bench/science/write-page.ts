import { Effect } from "effect"
export const writePage = (x: { readonly [key: string]: unknown }, out: string) => Effect.sync(() => console.log(out, JSON.stringify(x.evidence).slice(0, 3000), JSON.stringify(x.stopwatch)))
