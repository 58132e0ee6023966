/**
 * For the tests: a grading thread that some texts can hurt. The real rules offer no way to do so, which is the point of
 * them; the thread must hold even where they fail.
 */
import { serve } from "../confined/serve.ts"
import { grade } from "./grade.ts"
import type { Grade, Submission } from "./submission.ts"

const hoard: Array<Array<number>> = []

const hostile = (submission: Submission): Grade => {
  switch (submission.text) {
    case "spin":
      for (;;);
    case "exhaust":
      for (;;) hoard.push(new Array(100_000).fill(hoard.length))
    case "hoard": // alone it does no harm; several in one thread would exhaust it
      hoard.push(new Array(8_000_000).fill(hoard.length))
      return grade(submission)
    case "throw":
      throw new Error("the rules are broken")
    case "exit":
      process.exit(0)
  }
  return grade(submission)
}

serve("ready", hostile)
