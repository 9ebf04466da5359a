/** A module with instructions on 128 bits, which ONNX Runtime is made of. */
const withSimd = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 17, 253, 98, 11]);

/** Whether this browser can run networks: WebAssembly with SIMD, workers, and canvases in them. */
export function canPredictHere(): boolean {
  try {
    return typeof Worker === 'function' && typeof OffscreenCanvas === 'function' && typeof createImageBitmap === 'function' && WebAssembly.validate(withSimd);
  } catch {
    return false;
  }
}
