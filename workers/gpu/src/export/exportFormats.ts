import { readFileSync } from 'node:fs';
import { readOnnxMetadata } from '@thaw/formats/onnxMetadata';
import { writeSafetensors } from '@thaw/formats/writeSafetensors';
import type { SavedModel } from '../checkpoint/readModel.ts';
import { fitStateDict } from '../weights/fitStateDict.ts';
import { readWeights } from '../weights/readWeights.ts';
import { exportMetadata } from './exportMetadata.ts';
import type { FormatName } from './exportNames.ts';
import { onnxLogits } from './onnxLogits.ts';
import { onnxModel } from './onnxModel.ts';
import type { ReferenceNetwork } from './referenceNetwork.ts';
import { stateTensors } from './stateTensors.ts';
import { torchArchive } from './torchArchive.ts';
import { writePieces } from './writePieces.ts';

export interface ExportFormat {
  /** Writes a new file. */
  write(path: string, saved: SavedModel): void;
  /**
   * Loads a written file as someone who receives it would.
   * @param images uint8 [N,S,S,3], N being the network's batch
   * @returns its logits [N,classes]
   * @throws where the file cannot be loaded or does not say of itself what it should
   */
  logits(path: string, saved: SavedModel, images: Uint8Array, network: ReferenceNetwork): Promise<Float32Array>;
}

/** Reads a state dict back and puts it through the compiled network. */
const throughNetwork: ExportFormat['logits'] = (path, saved, images, network) => {
  const expected = new Map(stateTensors(saved).map(({ name, shape }) => [name, shape]));
  return Promise.resolve(network.logits(fitStateDict(readWeights(path), expected, saved.classes.length).state, images));
};

export const exportFormats = {
  safetensors: {
    write(path, saved) {
      const tensors = stateTensors(saved).map((tensor) => ({ ...tensor, dtype: tensor.data instanceof Float32Array ? ('F32' as const) : ('I64' as const) }));
      writeSafetensors(path, tensors, { format: 'pt', ...exportMetadata(saved) });
    },
    logits: throughNetwork,
  },
  pth: {
    write: (path, saved) => writePieces(path, torchArchive(saved)),
    logits: throughNetwork,
  },
  onnx: {
    write: (path, saved) => writePieces(path, onnxModel(saved)),
    logits(path, saved, images) {
      const metadata = readOnnxMetadata(readFileSync(path));
      for (const [key, value] of Object.entries(exportMetadata(saved))) if (metadata[key] !== value) throw new Error(`its metadata_props have another ${key}`);
      const { imageSize } = saved.transform;
      const count = images.length / (imageSize * imageSize * 3);
      // One image alone and the others together: the batch is free, and an image's logits do not depend on its neighbours.
      return onnxLogits(path, images, imageSize, saved.transform, [1, count - 1]);
    },
  },
} as const satisfies Record<FormatName, ExportFormat>;
