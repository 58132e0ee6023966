/**
 * Randomness that rewards draw from: streams of their own, apart from those of rollouts and evaluations.
 */

/** For each answer. */
export const rewardStream = 11
/** Which examples get a wrong label. */
export const noiseStream = 12
/** Which wrong label an example gets. */
export const labelStream = 13
