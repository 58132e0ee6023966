/**
 * The run that dead letters are filed under when their record does not say whose it is. Whoever follows a run hands
 * these on too.
 */
export const strangers = "unknown"
