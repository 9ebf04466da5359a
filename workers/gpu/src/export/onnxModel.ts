import type { SavedModel } from '../checkpoint/readModel.ts';
import { batchNormEpsilon } from '../model/layers.ts';
import { composeResNet, stateEntries } from '../model/resnet.ts';
import { exportMetadata } from './exportMetadata.ts';
import { bytes, float, integer, nested, text, type Message } from './protobuf.ts';

/** Names of the model's one input, float32 [N,3,S,S] after the preprocessing, and its one output, float32 [N,classes]. */
export const inputName = 'input';
export const outputName = 'logits';

/** Opset 17 came with ONNX 1.12, whose files are of IR version 8. */
const opset = 17;
const irVersion = 8;

/** Field numbers of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3). */
const modelField = { irVersion: 1, producerName: 2, docString: 6, graph: 7, opsetImport: 8, metadata: 14 } as const;
const graphField = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const nodeField = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 } as const;
const attributeField = { name: 1, float: 2, int: 3, ints: 8, type: 20 } as const;
const attributeType = { float: 1, int: 2, ints: 7 } as const;
const tensorField = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;
const float32 = 1;

const ints = (name: string, values: readonly number[]): Message =>
  nested(nodeField.attribute, text(attributeField.name, name), ...values.map((value) => integer(attributeField.ints, value)), integer(attributeField.type, attributeType.ints));
const int = (name: string, value: number): Message =>
  nested(nodeField.attribute, text(attributeField.name, name), integer(attributeField.int, value), integer(attributeField.type, attributeType.int));
const real = (name: string, value: number): Message =>
  nested(nodeField.attribute, text(attributeField.name, name), float(attributeField.float, value), integer(attributeField.type, attributeType.float));

/** The network's nodes from `inputName` to `outputName`. Activations are named by the layer that they come from. */
function networkNodes({ backbone, classes }: SavedModel): Message[] {
  const shapes = new Map(stateEntries(backbone, classes.length).map(({ name, shape }) => [name, shape]));
  const counts = new Map<string, number>();
  const nodes: Message[] = [];
  const node = (opType: string, name: string, inputs: readonly string[], attributes: readonly Message[], output = `${name}.output`): string => {
    const parts = [...inputs.map((input) => text(nodeField.input, input)), text(nodeField.output, output), text(nodeField.name, name), text(nodeField.opType, opType)];
    nodes.push(nested(graphField.node, ...parts, ...attributes));
    return output;
  };
  const unnamed = (opType: string, inputs: readonly string[], attributes: readonly Message[] = []): string => {
    const count = counts.get(opType) ?? 0;
    counts.set(opType, count + 1);
    return node(opType, `${opType.toLowerCase()}${count}`, inputs, attributes);
  };
  const around = (padding: number): number[] => [padding, padding, padding, padding];
  const last = composeResNet<string>(backbone, inputName, {
    convolution(x, name, stride, padding) {
      const [, , height, width] = shapes.get(`${name}.weight`) as [number, number, number, number];
      return node('Conv', name, [x, `${name}.weight`], [ints('kernel_shape', [height, width]), ints('strides', [stride, stride]), ints('pads', around(padding))]);
    },
    batchNorm: (x, name) =>
      node('BatchNormalization', name, [x, ...['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`)], [real('epsilon', batchNormEpsilon)]),
    relu: (x) => unnamed('Relu', [x]),
    // ONNX pads with minus infinity, as PyTorch does.
    maxPool: (x) => unnamed('MaxPool', [x], [ints('kernel_shape', [3, 3]), ints('strides', [2, 2]), ints('pads', around(1))]),
    add: (x, y) => unnamed('Add', [x, y]),
  });
  const features = node('Flatten', 'flatten', [unnamed('GlobalAveragePool', [last])], [int('axis', 1)]);
  node('Gemm', 'fc', [features, 'fc.weight', 'fc.bias'], [int('transB', 1)], outputName);
  return nodes;
}

/** Parameters and running statistics under their torchvision names. */
function initializers({ backbone, classes, state }: SavedModel): Message[] {
  return stateEntries(backbone, classes.length).map(({ name, shape }) => {
    const { buffer, byteOffset, byteLength } = (state.get(name) as { data: Float32Array }).data;
    const raw = bytes(tensorField.rawData, new Uint8Array(buffer, byteOffset, byteLength));
    return nested(graphField.initializer, ...shape.map((length) => integer(tensorField.dims, length)), integer(tensorField.dataType, float32), text(tensorField.name, name), raw);
  });
}

/** A ValueInfoProto; an axis given by a word may have any length. */
function value(field: number, name: string, shape: readonly (number | string)[]): Message {
  const dims = shape.map((length) => nested(1, typeof length === 'number' ? integer(1, length) : text(2, length)));
  return nested(field, text(1, name), nested(2, nested(1, integer(1, float32), nested(2, ...dims))));
}

/** An ONNX model, piece by piece: its weights are those of `saved`, not copied. Preprocessing and classes are in its metadata_props. */
export function onnxModel(saved: SavedModel): Message {
  const { backbone, classes, transform } = saved;
  const { imageSize } = transform;
  const about =
    `${backbone} for ${classes.length} classes. ${inputName}: RGB images, float32 [N,3,${imageSize},${imageSize}], pixels divided by 255, minus the mean and ` +
    `divided by the standard deviation in the metadata. ${outputName}: float32 [N,${classes.length}], before the softmax, in the order of the classes in the metadata.`;
  return [
    integer(modelField.irVersion, irVersion),
    text(modelField.producerName, 'thaw'),
    text(modelField.docString, about),
    nested(
      modelField.graph,
      ...networkNodes(saved),
      text(graphField.name, backbone),
      ...initializers(saved),
      value(graphField.input, inputName, ['N', 3, imageSize, imageSize]),
      value(graphField.output, outputName, ['N', classes.length]),
    ),
    nested(modelField.opsetImport, text(1, ''), integer(2, opset)),
    ...Object.entries(exportMetadata(saved)).map(([key, entry]) => nested(modelField.metadata, text(1, key), text(2, entry))),
  ].flat();
}
