/**
 * A made-up run for the tests of this folder, in which every text is hostile.
 */
import { exampleRun } from "./example-run.ts"
import type { RunSummary } from "./summary.ts"

/** What might act in a page or a terminal if it were let. */
export const hostileTexts: ReadonlyArray<string> = [
  "<script>document.title='owned'</script>",
  "<img src=x onerror=\"document.title='owned'\">",
  "<svg onload=document.title='owned'>",
  "</pre></article></main></body><script>document.title='owned'</script>",
  "</title><style>*{display:none}</style>",
  "--><!--<base href='https://evil.test/'>",
  '" onmouseover="document.title=\'owned\'" x="',
  "' onfocus='document.title=1' autofocus='",
  "<a href=\"javascript:document.title='owned'\">click</a>",
  "javascript:document.title='owned'",
  "&lt;script&gt;&amp;#60;script&amp;#62;",
  "<![CDATA[<script>]]>",
  "\u0000<\u0000script>",
  "\ud800\udc00\ud800 lone \udfff",
  "\u202egnp.exe\u202c \u2066isolate\u2069 \u200fmark",
  "\u001b]8;;https://evil.test\u001b\\link\u001b]8;;\u001b\\ \u001b[2J\u009b31m",
  "line\u2028line\u2029line\u0085line\rline",
  "tag \u{e0001}\u{e0073} and \ufeff"
]

const [sample] = exampleRun.samples

/** Every text that comes from outside holds every hostile text. */
const all = hostileTexts.join(" ")

export const hostileRun: RunSummary = {
  ...exampleRun,
  base: {
    ...exampleRun.base,
    greedy: exampleRun.base.greedy.map((result, i) => (i === 1 ? { ...result, group: all } : result))
  },
  trained: {
    ...exampleRun.trained,
    greedy: exampleRun.trained.greedy.map((result, i) => (i === 1 ? { ...result, group: all } : result))
  },
  samples: hostileTexts.map((text) => ({
    ...sample,
    problemId: text,
    problem: text,
    answer: text,
    before: { text, verdict: text },
    after: { text, verdict: "correct" }
  })),
  hashes: { ...exampleRun.hashes, [all]: all },
  environment: { ...exampleRun.environment, [all]: all },
  codeVersion: all
}
