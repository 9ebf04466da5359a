import type { ExportTensor } from './stateTensors.ts';

/** Opcodes of pickle protocol 2 (Python's pickletools names and explains them), those that torch.load(weights_only=True) takes. */
const opcode = { mark: '(', tuple: 't', emptyTuple: ')', reduce: 'R', persistentId: 'Q', setItems: 'u', stop: '.', false: 0x89, protocol: 0x80 } as const;

const latin1 = (value: string): Buffer => Buffer.from(value, 'latin1');
const op = (code: string | number): Buffer => (typeof code === 'number' ? Buffer.of(code) : latin1(code));
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const global = (module: string, name: string): Buffer => latin1(`c${module}\n${name}\n`);
const unicode = (value: string): Buffer => Buffer.concat([latin1('X'), uint32(Buffer.byteLength(value)), Buffer.from(value)]);
/** Lengths and strides: below 2^31. */
const int = (value: number): Buffer => Buffer.concat([latin1('J'), uint32(value)]);
const tuple = (...items: readonly Buffer[]): Buffer => Buffer.concat([op(opcode.mark), ...items, op(opcode.tuple)]);
const call = (target: Buffer, args: Buffer): Buffer => Buffer.concat([target, args, op(opcode.reduce)]);
const emptyOrderedDict = call(global('collections', 'OrderedDict'), op(opcode.emptyTuple));

/** `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)`, contiguous, alone in its storage. */
function tensor({ shape, data }: ExportTensor, key: string): Buffer {
  const type = global('torch', data instanceof Float32Array ? 'FloatStorage' : 'LongStorage');
  const storage = Buffer.concat([tuple(unicode('storage'), type, unicode(key), unicode('cpu'), int(data.length)), op(opcode.persistentId)]);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const args = tuple(storage, int(0), tuple(...shape.map(int)), tuple(...strides.map(int)), op(opcode.false), emptyOrderedDict);
  return call(global('torch._utils', '_rebuild_tensor_v2'), args);
}

/** The pickle of a state dict: an OrderedDict of tensors, of which the n-th lies in the storage with key `n`. */
export function pickleStateDict(tensors: readonly ExportTensor[]): Uint8Array {
  const items = tensors.flatMap((one, index) => [unicode(one.name), tensor(one, String(index))]);
  return Buffer.concat([op(opcode.protocol), Buffer.of(2), emptyOrderedDict, op(opcode.mark), ...items, op(opcode.setItems), op(opcode.stop)]);
}
