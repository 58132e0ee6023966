/**
 * π1 with a solution, for the experiment that shows it and does not train on it. The problem is the paper's; the
 * paper does not print the solution that it showed, so these words are ours.
 */
export const pi1Solution = {
  problem:
    "The pressure \\( P \\) exerted by wind on a sail varies jointly as the area \\( A \\) of the sail and the cube of the wind's velocity \\( V \\). When the velocity is \\( 8 \\) miles per hour, the pressure on a sail of \\( 2 \\) square feet is \\( 4 \\) pounds. Find the wind velocity when the pressure on \\( 4 \\) square feet of sail is \\( 32 \\) pounds.",
  solution:
    "The pressure is \\( P = k A V^3 \\) for some constant \\( k \\). From \\( 4 = k \\cdot 2 \\cdot 8^3 \\) we get \\( k = \\frac{4}{1024} = \\frac{1}{256} \\). Now \\( 32 = \\frac{1}{256} \\cdot 4 \\cdot V^3 \\), so \\( V^3 = 2048 \\) and \\( V = \\sqrt[3]{2048} \\approx 12.8 \\). The wind velocity is \\( \\boxed{12.8} \\) miles per hour."
} as const
