import { readOnnxMetadata } from '@thaw/formats/onnxMetadata';
import { z } from 'zod';

const exportedModel = z.object({
  classes: z.array(z.string()).min(1).max(1000),
  transform: z.object({
    mean: z.array(z.number()).length(3),
    std: z.array(z.number()).length(3),
    imageSize: z.number().int().min(32).max(256),
    storedSize: z.object({ height: z.number().int(), width: z.number().int() }).optional(),
  }),
});

/** What an exported network says about itself. */
export type ExportedModel = z.infer<typeof exportedModel>;

/** @throws Error where the bytes are no ONNX export of ours */
export const readExportedModel = (file: Uint8Array): ExportedModel => exportedModel.parse(JSON.parse(readOnnxMetadata(file)['thaw'] ?? 'null'));

/** Side of the square that the data set stores pictures as: what a picture is made into first. */
export const storedSide = ({ transform: { storedSize, imageSize } }: ExportedModel): number => (storedSize !== undefined && storedSize.width === storedSize.height ? storedSize.width : imageSize);
