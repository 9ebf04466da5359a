import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';

/** The one place where ONNX Runtime is loaded; it reads its environment then, so the setting is made first and the module required. */

// Its Linux build would write usage events to ~/.cache/Microsoft and send them to their maker.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

export const { InferenceSession, Tensor } = createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;
