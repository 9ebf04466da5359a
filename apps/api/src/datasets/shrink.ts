/** RGB bytes [height, width, 3]. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** A picture made smaller so that no side is above `side`: each new pixel is the mean of those that it covers. Smaller ones stay as they are. */
export function shrink({ width, height, pixels }: Picture, side: number): Picture {
  const scale = Math.max(width, height) / side;
  if (scale <= 1) return { width, height, pixels };
  const [newWidth, newHeight] = [Math.max(1, Math.round(width / scale)), Math.max(1, Math.round(height / scale))];
  const into = new Uint8Array(newWidth * newHeight * 3);
  for (let y = 0; y < newHeight; y++) {
    const [top, bottom] = [Math.floor((y * height) / newHeight), Math.ceil(((y + 1) * height) / newHeight)];
    for (let x = 0; x < newWidth; x++) {
      const [left, right] = [Math.floor((x * width) / newWidth), Math.ceil(((x + 1) * width) / newWidth)];
      const count = (bottom - top) * (right - left);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let row = top; row < bottom; row++) for (let column = left; column < right; column++) sum += pixels[(row * width + column) * 3 + channel] ?? 0;
        into[(y * newWidth + x) * 3 + channel] = Math.round(sum / count);
      }
    }
  }
  return { width: newWidth, height: newHeight, pixels: into };
}
