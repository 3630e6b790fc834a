// How teams look on the map: a colour and a shape each, so that colour alone
// says nothing.

/** Told apart with any kind of colour blindness (Okabe and Ito 2008), darkened for daylight. */
const LIGHT = [
  "#0072b2",
  "#c24e00",
  "#00785a",
  "#a8327e",
  "#7a5c00",
  "#3d3d8f",
  "#5f6b72",
  "#8c1d18",
];
const DARK = [
  "#6cc0f5",
  "#ffa05c",
  "#4fd3ac",
  "#f29ad0",
  "#e8cf5a",
  "#b3b3ff",
  "#c3ced4",
  "#ff9d94",
];

const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "pentagon", "star"] as const;
type Shape = (typeof SHAPES)[number];

/** Dashes of routes, so that the teams of a day differ on paper too. */
const DASHES: number[][] = [
  [1, 0],
  [3, 1.5],
  [1, 1.5],
  [5, 1.5, 1, 1.5],
];

/** Mark of a team. */
export interface Mark {
  colour: string;
  shape: Shape;
  dash: number[];
}

/** The mark of the team of a number; with 8 colours and 7 shapes, 56 differ. */
export function markOf(number: number, dark: boolean): Mark {
  const colours = dark ? DARK : LIGHT;
  return {
    colour: colours[number % colours.length] ?? "#5f6b72",
    shape: SHAPES[number % SHAPES.length] ?? "circle",
    dash: DASHES[number % DASHES.length] ?? [1, 0],
  };
}

/** Corners of a shape around the origin, within a circle of radius 1; `null` for the circle. */
export function corners(shape: Shape): [number, number][] | null {
  const around = (count: number, turn: number, radius: (corner: number) => number) =>
    Array.from({ length: count }, (_, corner): [number, number] => {
      const angle = turn + (2 * Math.PI * corner) / count;
      return [radius(corner) * Math.sin(angle), -radius(corner) * Math.cos(angle)];
    });
  switch (shape) {
    case "circle":
      return null;
    case "square":
      return around(4, Math.PI / 4, () => 1);
    case "triangle":
      return around(3, 0, () => 1);
    case "diamond":
      return around(4, 0, () => 1);
    case "pentagon":
      return around(5, 0, () => 1);
    case "star":
      return around(10, 0, (corner) => (corner % 2 === 0 ? 1 : 0.45));
    case "cross": {
      const [far, near] = [0.95, 0.34];
      return [
        [-near, -far],
        [near, -far],
        [near, -near],
        [far, -near],
        [far, near],
        [near, near],
        [near, far],
        [-near, far],
        [-near, near],
        [-far, near],
        [-far, -near],
        [-near, -near],
      ];
    }
  }
}

/** Draws a mark in the middle of a square canvas. */
export function drawMark(
  context: CanvasRenderingContext2D,
  side: number,
  { colour, shape }: Pick<Mark, "colour" | "shape">,
  edge: string,
): void {
  const [middle, radius] = [side / 2, side / 2 - side / 12];
  context.beginPath();
  const points = corners(shape);
  if (points === null) {
    context.arc(middle, middle, radius * 0.88, 0, 2 * Math.PI);
  } else {
    for (const [x, y] of points) context.lineTo(middle + radius * x, middle + radius * y);
    context.closePath();
  }
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = side / 16;
  context.lineJoin = "round";
  context.strokeStyle = edge;
  context.stroke();
}
