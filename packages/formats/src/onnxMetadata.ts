import { readFields } from './protobufFields.ts';

/** Field number in onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3). */
const metadataProps = 14;

/**
 * The metadata_props of an ONNX file.
 * @throws RangeError where the bytes are none
 */
export function readOnnxMetadata(file: Uint8Array): Record<string, string> {
  const decode = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes ?? new Uint8Array());
  const metadata: Record<string, string> = {};
  for (const { field, value: entry } of readFields(file)) {
    if (field !== metadataProps) continue;
    const parts = new Map([...readFields(entry)].map(({ field: number, value: part }) => [number, part]));
    metadata[decode(parts.get(1))] = decode(parts.get(2));
  }
  return metadata;
}
