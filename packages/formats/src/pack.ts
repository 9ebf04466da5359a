import { FormatError } from './formatError.ts';
import { consecutiveRuns, type ImageSource } from './imageSource.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors.ts';

/** Labels are held in memory: more images than this are no pack of ours. */
const maxImages = 2 ** 27;

/** Largest side of an image in a pack. */
const maxSide = 4096;

/**
 * Opens a data pack: a safetensors file with `images` u8 [N,H,W,3] and `labels` i64 [N]. Labels are read at once, images when asked for.
 * @param classes number of classes of the data set; labels must be below it
 * @throws FormatError
 */
export function openPack(path: string, classes = 1000): ImageSource {
  const file = openSafetensors(path);
  try {
    const { count, height, width } = checkShapes(file, path);
    const imageBytes = height * width * 3;
    return {
      count,
      height,
      width,
      labels: readLabels(file, path, classes),
      readImages(indices, into) {
        for (const { first, count: images, slot } of consecutiveRuns(indices, count, imageBytes, into))
          file.readBytes('images', first * imageBytes, images * imageBytes, into.subarray(slot * imageBytes));
      },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function checkShapes(file: SafetensorsFile, path: string): { count: number; height: number; width: number } {
  const images = file.entries.get('images');
  const labels = file.entries.get('labels');
  if (!images || !labels || file.entries.size !== 2)
    throw new FormatError(`${path} is no data pack: it holds ${describeNames([...file.entries.keys()])} instead of images and labels.`);
  const [count, height, width, channels] = images.shape;
  if (images.dtype !== 'U8' || images.shape.length !== 4 || !count || !height || !width || channels !== 3)
    throw new FormatError(`images of ${path} are ${images.dtype} [${images.shape.join(', ')}]; a data pack has U8 [N, height, width, 3] and at least one image.`);
  if (height > maxSide || width > maxSide) throw new FormatError(`images of ${path} are ${width} x ${height}; a data pack has at most ${maxSide} pixels a side.`);
  if (labels.dtype !== 'I64' || labels.shape.length !== 1 || labels.shape[0] !== count)
    throw new FormatError(`labels of ${path} are ${labels.dtype} [${labels.shape.join(', ')}]; with ${count} images they must be I64 [${count}].`);
  if (count > maxImages) throw new FormatError(`${path} has ${count} images; a data pack has at most ${maxImages}.`);
  return { count, height, width };
}

function readLabels(file: SafetensorsFile, path: string, classes: number): Int32Array {
  const wide = file.read('labels') as BigInt64Array;
  const limit = BigInt(classes);
  const labels = new Int32Array(wide.length);
  for (const [index, label] of wide.entries()) {
    if (label < 0n || label >= limit) throw new FormatError(`label ${label} of image ${index} in ${path} is none of the ${classes} classes (0 to ${classes - 1}).`);
    labels[index] = Number(label);
  }
  return labels;
}

const describeNames = (names: readonly string[]): string =>
  names.length === 0 ? 'no tensors' : `${names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 50))).join(', ')}${names.length > 5 ? '…' : ''}`;
