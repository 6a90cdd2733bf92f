// Squarified treemaps: Bruls, Huizing and van Wijk, 2000.

/**
 * Cut the rectangle {x, y, w, h} into one for each value, of an area in proportion to it and as
 * near to a square as can be. The values are positive and descend.
 */
function squarify(values, box) {
  const total = values.reduce((sum, value) => sum + value, 0);
  const scale = total ? (box.w * box.h) / total : 0;
  const boxes = [];
  let left = { ...box };
  for (let start = 0; start < values.length;) {
    const side = Math.max(Math.min(left.w, left.h), 1e-9);
    let end = start;
    let area = 0;
    let worst = Infinity;
    for (; end < values.length; end += 1) {
      const grown = area + values[end] * scale;
      const ratio = worstRatio(values[start] * scale, values[end] * scale, grown, side);
      if (ratio > worst) break;
      worst = ratio;
      area = grown;
    }
    left = layRow(values.slice(start, end), scale, area, side, left, boxes);
    start = end;
  }
  return boxes;
}

function worstRatio(largest, smallest, area, side) {
  return Math.max((side * side * largest) / (area * area), (area * area) / (side * side * smallest));
}

/** Lay a row along the shorter side, and return what is left of the rectangle. */
function layRow(values, scale, area, side, left, boxes) {
  const depth = area / side;
  const upright = left.w >= left.h;
  let along = upright ? left.y : left.x;
  for (const value of values) {
    const length = (value * scale) / (depth || 1);
    boxes.push(upright
      ? { x: left.x, y: along, w: depth, h: length }
      : { x: along, y: left.y, w: length, h: depth });
    along += length;
  }
  return upright
    ? { x: left.x + depth, y: left.y, w: left.w - depth, h: left.h }
    : { x: left.x, y: left.y + depth, w: left.w, h: left.h - depth };
}
