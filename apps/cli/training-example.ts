/** A training example as the configuration records it. */
export interface TrainingExample {
  readonly promptId: string
  readonly text: string
  readonly answer: string
  /** The right one, where the answer that earns the reward is wrong on purpose. */
  readonly trueAnswer?: string
}
