/** A picture without transparency: u8 [height, width, 3], sRGB. */
export interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Rows become columns. */
export function transpose({ data, width, height }: Pixels): Pixels {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [from, to] = [(y * width + x) * 3, (x * height + y) * 3];
      for (let channel = 0; channel < 3; channel++) turned[to + channel] = data[from + channel] as number;
    }
  return { data: turned, width: height, height: width };
}
