import { descriptionKey } from '../checkpoint/checkpoint.ts';
import type { SavedModel } from '../checkpoint/readModel.ts';

/**
 * What an exported file says of itself, whatever its format: the whole description as in the checkpoint, and beside it what a
 * program of someone else needs to feed the network: class names in the order of the logits, the side of the square input in
 * pixels, mean and standard deviation of pixels in [0, 1] by channel (RGB). All but the side are JSON.
 */
export function exportMetadata({ state: _state, ...description }: SavedModel): Record<string, string> {
  const { classes, transform } = description;
  return {
    [descriptionKey]: JSON.stringify(description),
    classes: JSON.stringify(classes),
    image_size: String(transform.imageSize),
    mean: JSON.stringify(transform.mean),
    std: JSON.stringify(transform.std),
  };
}
