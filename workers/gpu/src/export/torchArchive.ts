import type { SavedModel } from '../checkpoint/readModel.ts';
import { exportMetadata } from './exportMetadata.ts';
import { stateTensors } from './stateTensors.ts';
import { storedZip } from './storedZip.ts';
import { pickleStateDict } from './torchPickle.ts';

/** Beside the tensors, for predict.py; torch.load passes over it. */
const metadataMember = 'thaw.json';

/**
 * A .pth file as torch.save(model.state_dict(), file) writes it since torch 1.6, piece by piece. It loads with weights_only=True
 * and into torchvision's network with strict=True.
 */
export function torchArchive(saved: SavedModel): Generator<Uint8Array> {
  const tensors = stateTensors(saved);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const members = [
    { name: 'data.pkl', content: pickleStateDict(tensors) },
    { name: 'byteorder', content: text('little') },
    ...tensors.map(({ data }, key) => ({ name: `data/${key}`, content: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) })),
    { name: 'version', content: text('3\n') },
    { name: metadataMember, content: text(JSON.stringify(exportMetadata(saved))) },
  ];
  return storedZip(members.map(({ name, content }) => ({ name: `archive/${name}`, content })));
}
