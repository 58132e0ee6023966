/**
 * A problem as the evaluation script writes it for a model, with solved ones before it where there are any: its
 * `construct_prompt` (ypwang61/One-Shot-RLVR, Qwen2.5-Eval/evaluation/utils.py), character by character.
 */
import { type PromptTemplate, promptTemplates } from "./prompt-templates.ts"

/** A solved problem that the model is shown before it is asked. */
export interface Demonstration {
  readonly problem: string
  readonly solution: string
}

const templates: ReadonlyMap<string, PromptTemplate> = new Map(Object.entries(promptTemplates))

/** The problem and nothing else. */
export const bare = "none"

/** The script's names in its order, and `none`. */
export const promptTemplateNames: ReadonlyArray<string> = [...templates.keys(), bare]

/** By position: what a problem says is never taken for a place to fill. */
const filled = (template: string, place: string, text: string): string => {
  const at = template.indexOf(place)
  return `${template.slice(0, at)}${text}${template.slice(at + place.length)}`
}

const askedIn = ({ asked }: PromptTemplate, problem: string): string => filled(asked, "{input}", problem)

const solvedIn = (template: PromptTemplate, { problem, solution }: Demonstration): string =>
  `${askedIn(template, problem)}${filled(template.answered ?? "{output}", "{output}", solution)}`

type Demonstrated = (template: PromptTemplate, shown: ReadonlyArray<Demonstration>, problem: string) => string

/** Each in the form of a question and its answer, turn after turn. */
const inTurn: Demonstrated = (template, shown, problem) =>
  [...shown.map((each) => solvedIn(template, each)), askedIn(template, problem)].join(template.between)

/** The three that put demonstrations elsewhere. */
const otherwise: ReadonlyMap<string, Demonstrated> = new Map<string, Demonstrated>([
  [
    // All in the user's one turn.
    "qwen25-math-cot",
    (template, shown, problem) =>
      askedIn(template, [...shown.map((each) => `${each.problem}\n${each.solution}`), problem].join(template.between))
  ],
  [
    // The same, with words before each; every demonstration brings a blank line of its own.
    "qwen25-math-cot-tool",
    (template, shown, problem) =>
      askedIn(
        template,
        `${shown.map((each) => `Question: ${each.problem}\nSolution: ${each.solution}\n\n`).join("")}${template.between}Question: ${problem}`
      )
  ],
  [
    // Turns of a conversation, which has a system's turn only where something is demonstrated.
    "qwen25-math-cot-assistant",
    (template, shown, problem) => {
      const system =
        "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
      const turns = shown.map((each) => solvedIn(template, each)).join(template.between)
      return `${system}${turns}${askedIn(template, problem)}`
    }
  ]
])

/** In the script's text `\boxed` begins with a backspace: an escape that nobody meant, and that every model was given. */
const toraGuidelines = `Integrate step-by-step reasoning and Python code to solve math problems using the following guidelines:

- Analyze the question and write functions to solve the problem; the function should not take any arguments.
- Present the final result in LaTeX using a \`\boxed{}\` without any units.
- Utilize the \`pi\` symbol and \`Rational\`\` from Sympy for $\\pi$ and fractions, and simplify all fractions and square roots without converting them to decimal values.

Here are some examples you may refer to:

---

`

const afterGuidelines = (prompt: string): string => `${toraGuidelines}${prompt}`

/** What the script puts around a whole prompt, demonstrations and all. */
const framed: ReadonlyMap<string, (prompt: string) => string> = new Map([
  ["tora", afterGuidelines],
  ["tool-integrated", afterGuidelines],
  [
    "platypus_fs",
    (prompt) =>
      `Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n${prompt}\n\n### Response:\n`
  ]
])

/** Spaces only: line breaks at the ends stay. */
const withoutOuterSpaces = (text: string): string => {
  let [from, to] = [0, text.length]
  while (from < to && text[from] === " ") from += 1
  while (to > from && text[to - 1] === " ") to -= 1
  return text.slice(from, to)
}

/** Problem and demonstrations as they are, a blank line between them. */
const written = (problem: string, demonstrations: ReadonlyArray<Demonstration>): string =>
  [...demonstrations.map((each) => `${each.problem}\n${each.solution}`), problem].join("\n\n")

/**
 * The exact text of a prompt. Special tokens in it are text here; the tokenizer that reads it takes them for what they are.
 *
 * As in the script the problem loses the white space at its ends, and the whole prompt the spaces at its own.
 *
 * @param template one of `promptTemplateNames`; any other is a defect of the caller, for `sittingOf` refuses it
 * @param demonstrations in the order in which they are shown
 */
export const renderPrompt = (
  template: string,
  problem: string,
  demonstrations: ReadonlyArray<Demonstration>
): string => {
  if (template === bare) return written(problem, demonstrations)
  const found = templates.get(template)
  if (found === undefined) throw new Error(`there is no prompt template "${template}"`)
  const question = problem.trim()
  const demonstrated = demonstrations.length === 0 ? inTurn : (otherwise.get(template) ?? inTurn)
  const prompt = demonstrated(found, demonstrations, question)
  return withoutOuterSpaces(framed.get(template)?.(prompt) ?? prompt)
}
