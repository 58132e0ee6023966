/**
 * The graders by name. The version changes whenever a verdict or a rule's name of that grader could.
 */

export const gradingModes = ["exact", "deepscaler", "qwen"] as const
export type GradingMode = (typeof gradingModes)[number]

const versions: Readonly<Record<GradingMode, number>> = { exact: 2, deepscaler: 2, qwen: 2 }

/** `name@version`, as it is recorded beside a verdict. */
export const graderTitle = (mode: GradingMode): string => `${mode}@${versions[mode]}`
