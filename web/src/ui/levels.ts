// Heights of vertebrae, for drawing.

/** Which of these heights is nearest and a vertebra's reach away at most; -1 beyond them. */
export function nearestLevel(heights: readonly number[], z: number): number {
  let best = -1;
  heights.forEach((height, i) => {
    if (Math.abs(height - z) < 20 && (best < 0 || Math.abs(height - z) < Math.abs(heights[best]! - z))) best = i;
  });
  return best;
}
