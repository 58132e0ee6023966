/**
 * The graders by name. The version changes whenever a verdict or a rule's name of that grader could.
 */

export const gradingModes = ["exact", "deepscaler", "qwen"] as const
export type GradingMode = (typeof gradingModes)[number]

const versions: Readonly<Record<GradingMode, number>> = { exact: 1, deepscaler: 1, qwen: 1 }

/** `name@version`, as it is recorded beside a verdict. */
export const graderTitle = (mode: GradingMode): string => `${mode}@${versions[mode]}`
