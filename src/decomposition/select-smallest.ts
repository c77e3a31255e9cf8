/** The n-th smallest of some numbers. */

/** The `nth` smallest (from 1) of the first `count` numbers, which it moves about (Hoare's quickselect, middle of three). */
export function selectSmallest(numbers: Float64Array, count: number, nth: number): number {
  let low = 0;
  let high = count - 1;
  const sought = nth - 1;
  while (low < high) {
    const a = numbers[low];
    const b = numbers[(low + high) >> 1];
    const c = numbers[high];
    const pivot = a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
    let up = low;
    let down = high;
    while (up <= down) {
      while (numbers[up] < pivot) up += 1;
      while (numbers[down] > pivot) down -= 1;
      if (up > down) break;
      const moved = numbers[up];
      numbers[up] = numbers[down];
      numbers[down] = moved;
      up += 1;
      down -= 1;
    }
    if (sought <= down) high = down;
    else if (sought >= up) low = up;
    else break;
  }
  return numbers[sought];
}
