/**
 * How a task of each family is drawn. Each is redrawn until every intermediate result lies in 1..99.
 */
import type { Randomness } from "../../random/sequence.ts"
import type { Family, Task } from "./problem.ts"

const inRange = (value: number): boolean => value >= 1 && value <= 99

interface Operation {
  readonly sign: "+" | "-"
  readonly operand: number
  readonly result: number
}

/** One addition or subtraction that keeps `current` in 1..99. */
const addOrSubtract = (random: Randomness, current: number): Operation => {
  for (;;) {
    const operand = random.between(2, 30)
    const sign = random.choice(["+", "-"] as const)
    const result = sign === "+" ? current + operand : current - operand
    if (inRange(result)) return { sign, operand, result }
  }
}

/** Several of them in a row, each from the result of the one before. */
const walk = (random: Randomness, start: number, length: number): ReadonlyArray<Operation> => {
  const operations: Array<Operation> = []
  for (let current = start; operations.length < length; current = operations[operations.length - 1].result) {
    operations.push(addOrSubtract(random, current))
  }
  return operations
}

const stepsOf = (start: number, operations: ReadonlyArray<Operation>): Pick<Task, "steps" | "results"> => ({
  steps: operations.map(({ operand, result, sign }, index) => {
    const current = index === 0 ? start : operations[index - 1].result
    return `${current}${sign}${operand}=${result}`
  }),
  results: operations.map(({ result }) => result)
})

/** `48+14-21=?` */
const chain = (random: Randomness): Task => {
  const length = random.choice([1, 2, 2, 3, 3, 4])
  const start = random.between(2, 49)
  const operations = walk(random, start, length)
  const written = operations.map(({ operand, sign }) => `${sign}${operand}`).join("")
  return { prompt: `${start}${written}=?\n`, ...stepsOf(start, operations) }
}

/** `c+a*b=?`, `a*b-c=?`, `(a+d)*b=?` or `a*b+c-d=?`, solved in order of precedence. */
const precedence = (random: Randomness): Task | null => {
  const form = random.below(4)
  const a = random.between(2, 9)
  const b = random.between(2, 9)
  const c = random.between(2, 30)
  const d = random.between(2, 9)
  const product = a * b
  const first = `${a}*${b}=${product}`
  switch (form) {
    case 0: {
      const total = c + product
      return within({
        prompt: `${c}+${a}*${b}=?\n`,
        steps: [first, `${c}+${product}=${total}`],
        results: [product, total]
      })
    }
    case 1: {
      const rest = product - c
      return within({
        prompt: `${a}*${b}-${c}=?\n`,
        steps: [first, `${product}-${c}=${rest}`],
        results: [product, rest]
      })
    }
    case 2: {
      const sum = a + d
      return within({
        prompt: `(${a}+${d})*${b}=?\n`,
        steps: [`${a}+${d}=${sum}`, `${sum}*${b}=${sum * b}`],
        results: [sum, sum * b]
      })
    }
    default: {
      const sum = product + c
      return within({
        prompt: `${a}*${b}+${c}-${d}=?\n`,
        steps: [first, `${product}+${c}=${sum}`, `${sum}-${d}=${sum - d}`],
        results: [product, sum, sum - d]
      })
    }
  }
}

const within = (task: Task): Task | null => (task.results.every(inRange) ? task : null)

/** `3x+4=19,x=?` or `3x-4=11,x=?` */
const equation = (random: Randomness): Task | null => {
  const factor = random.between(2, 9)
  const x = random.between(2, 12)
  const term = random.between(2, 40)
  const adds = random.below(2) === 0
  const product = factor * x
  const right = adds ? product + term : product - term
  if (!inRange(product) || !inRange(right)) return null
  return {
    prompt: `${factor}x${adds ? "+" : "-"}${term}=${right},x=?\n`,
    steps: [`${right}${adds ? "-" : "+"}${term}=${product}`, `${product}/${factor}=${x}`],
    results: [product, x]
  }
}

/** `tom has 12 pens.buys 7.loses 3.how many?` */
const word = (random: Randomness): Task => {
  const length = random.choice([1, 2, 2, 3, 3])
  const start = random.between(2, 49)
  const who = random.choice(["ann", "tom", "sue", "bob"])
  const things = random.choice(["pens", "nuts", "cards", "eggs"])
  const operations = walk(random, start, length)
  const events = operations.map(({ operand, sign }) => {
    const verb = random.choice(sign === "+" ? ["gets", "finds", "buys"] : ["loses", "eats", "gives"])
    return `${verb} ${operand}.`
  })
  return { prompt: `${who} has ${start} ${things}.${events.join("")}how many?\n`, ...stepsOf(start, operations) }
}

/** `next 5,8,11?`: the difference, as a positive number, then the fourth term. Five terms stay in 1..99. */
const sequenceTask = (random: Randomness): Task | null => {
  const start = random.between(1, 40)
  const size = random.between(2, 15)
  const falls = random.uniform() < 0.3
  const terms = [0, 1, 2, 3, 4].map((index) => start + index * (falls ? -size : size))
  if (!terms.every(inRange)) return null
  const [first, second, third, fourth] = terms
  return {
    prompt: `next ${first},${second},${third}?\n`,
    steps: [
      falls ? `${first}-${second}=${size}` : `${second}-${first}=${size}`,
      `${third}${falls ? "-" : "+"}${size}=${fourth}`
    ],
    results: [size, fourth]
  }
}

/** `max of 13-10 and 34+2?` or `sum of …?`; the two results differ. */
const two = (random: Randomness): Task | null => {
  const [left, right] = [random.between(2, 49), random.between(2, 49)]
  const [first, second] = [addOrSubtract(random, left), addOrSubtract(random, right)]
  const asks = random.choice(["max", "sum"] as const)
  if (first.result === second.result) return null
  const written = [`${left}${first.sign}${first.operand}`, `${right}${second.sign}${second.operand}`]
  const steps = [`${written[0]}=${first.result}`, `${written[1]}=${second.result}`]
  const prompt = `${asks} of ${written[0]} and ${written[1]}?\n`
  if (asks === "max") {
    return { prompt, steps, results: [first.result, second.result, Math.max(first.result, second.result)] }
  }
  const sum = first.result + second.result
  return within({
    prompt,
    steps: [...steps, `${first.result}+${second.result}=${sum}`],
    results: [first.result, second.result, sum]
  })
}

const draws: Readonly<Record<Family, (random: Randomness) => Task | null>> = {
  chain,
  prec: precedence,
  eq: equation,
  word,
  seq: sequenceTask,
  two
}

/** A task of this family. */
export const drawTask = (family: Family, random: Randomness): Task => {
  for (;;) {
    const task = draws[family](random)
    if (task !== null) return task
  }
}
