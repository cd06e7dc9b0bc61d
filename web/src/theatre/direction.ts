// Directions of a needle.

export type V = [number, number, number];

export function unit([x, y, z]: readonly number[]): V {
  const length = Math.hypot(x!, y!, z!) || 1;
  return [x! / length, y! / length, z! / length];
}

/** A direction turned by degrees: `out` in the axial plane towards the patient's left, `up` towards the head. */
export function leaned(direction: V, out: number, up: number): V {
  const [a, b] = [(out * Math.PI) / 180, (up * Math.PI) / 180];
  const [x, y, z] = direction;
  const turned: V = [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a), z];
  const flat = Math.hypot(turned[0], turned[1]);
  const elevation = Math.atan2(turned[2], flat) + b;
  return unit([(turned[0] / flat) * Math.cos(elevation), (turned[1] / flat) * Math.cos(elevation), Math.sin(elevation)]);
}

