/**
 * Rows about evaluations: every answer, each of its tokens, and the figures they come to.
 */
import type { EvaluationCompleted } from "../../schemas/evaluation-completed.ts"
import type { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { type Block, type Origin, OriginColumns } from "./block.ts"
import { flag, float32, float64, maybeFlag, maybeFloat64, maybeText, text, uint32, word } from "./columns.ts"
import { TokenTexts } from "./token-texts.ts"
import { meanOf, sumOf } from "./training-rows.ts"

export class EvaluationSampleRows implements Block {
  readonly table = "evaluation_samples"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    protocol: word(),
    problem: word(),
    sample: uint32(),
    cohort: uint32(),
    policy: word(),
    text: text(),
    tokens: uint32(),
    log_prob: float64(),
    entropy: maybeFloat64(),
    stop: word(),
    extracted: maybeText(),
    verdict: word(),
    rule: word(),
    boxed: flag(),
    grader: word(),
    form: maybeText(),
    reflects: maybeFlag(),
    would_execute: maybeFlag()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: EvaluationSampled): void {
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.protocol.push(event.protocol)
    own.problem.push(event.problemId)
    own.sample.push(event.sampleIndex)
    own.cohort.push(event.cohort)
    own.policy.push(event.policyHash)
    own.text.push(event.text)
    own.tokens.push(event.tokens.length)
    own.log_prob.push(sumOf(event.logProbs))
    own.entropy.push(meanOf(event.entropies))
    own.stop.push(event.stop)
    own.extracted.push(event.extracted)
    own.verdict.push(event.verdict)
    own.rule.push(event.rule)
    own.boxed.push(Number(event.boxed))
    own.grader.push(event.grader)
    own.form.push(event.form)
    own.reflects.push(event.reflects === null ? null : Number(event.reflects))
    own.would_execute.push(event.wouldExecute === null ? null : Number(event.wouldExecute))
    this.rows++
  }
}

/** One row for each group of problems. */
export class EvaluationRows implements Block {
  readonly table = "evaluations"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    protocol: word(),
    family: word(),
    policy: word(),
    problems: uint32(),
    samples_per_problem: uint32(),
    accuracy: float64(),
    low: float64(),
    high: float64(),
    pass_at_k: float64(),
    boxed: float64(),
    truncated: float64(),
    response_length: float64()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: EvaluationCompleted): void {
    const own = this.#own
    for (const result of event.results) {
      this.#origin.push(origin)
      own.step.push(event.step)
      own.protocol.push(event.protocol)
      own.family.push(result.group)
      own.policy.push(event.policyHash)
      own.problems.push(result.problems)
      own.samples_per_problem.push(result.samplesPerProblem)
      own.accuracy.push(result.accuracy)
      own.low.push(result.low)
      own.high.push(result.high)
      own.pass_at_k.push(result.passAtK)
      own.boxed.push(result.boxed)
      own.truncated.push(result.truncated)
      own.response_length.push(result.responseLength)
      this.rows++
    }
  }
}

/** One row for each figure of each group. */
export class EvaluationFigureRows implements Block {
  readonly table = "evaluation_figures"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    protocol: word(),
    family: word(),
    metric: word(),
    value: float64(),
    low: float64(),
    high: float64(),
    policy: word()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: EvaluationCompleted): void {
    const own = this.#own
    for (const { figures, group } of event.results)
      for (const { high, low, metric, value } of figures) {
        this.#origin.push(origin)
        own.step.push(event.step)
        own.protocol.push(event.protocol)
        own.family.push(group)
        own.metric.push(metric)
        own.value.push(value)
        own.low.push(low)
        own.high.push(high)
        own.policy.push(event.policyHash)
        this.rows++
      }
  }
}

/** One row for each token of an answer. */
export class EvaluationTokenRows implements Block {
  readonly table = "evaluation_tokens"
  rows = 0
  readonly #texts: TokenTexts
  readonly #origin = new OriginColumns(word())
  readonly #place = { step: uint32(), protocol: word(), problem: word(), sample: uint32(), position: uint32() }
  readonly #own = {
    token: uint32(),
    text: word(),
    log_prob: float32(),
    entropy: float32(),
    verdict: word(),
    policy: word()
  }
  readonly columns = { ...this.#origin.head, ...this.#place, ...this.#own, ...this.#origin.tail }

  constructor(vocabulary: ReadonlyArray<string>) {
    this.#texts = new TokenTexts(vocabulary, this.#own.text)
  }

  add(origin: Origin, event: EvaluationSampled): void {
    const { length } = event.tokens
    const [own, place] = [this.#own, this.#place]
    this.#origin.push(origin, length)
    place.step.repeat(event.step, length)
    place.protocol.repeat(event.protocol, length)
    place.problem.repeat(event.problemId, length)
    place.sample.repeat(event.sampleIndex, length)
    place.position.count(length)
    own.token.extend(event.tokens)
    this.#texts.push(event.tokens)
    own.log_prob.extend(event.logProbs)
    own.entropy.extend(event.entropies)
    own.verdict.repeat(event.verdict, length)
    own.policy.repeat(event.policyHash, length)
    this.rows += length
  }
}
