import { ByteCursor } from './byteCursor.ts';
import { kindOf, PickleDict, PickleGlobal, PickleTuple, type PickleValue } from './pickleValues.ts';
import { quoted, WeightsError } from './weightsError.ts';

/** What the pickle may refer to. All three throw WeightsError for anything that is not allowed. */
export interface PickleWorld {
  findGlobal(path: string): PickleGlobal;
  /** Stands for calling an allowed global: makes a plain value. */
  reduce(target: PickleGlobal, args: PickleTuple): PickleValue;
  persistentLoad(id: PickleValue): PickleValue;
}

export interface PickleLimits {
  operations: number;
}

type Operation = (machine: PickleMachine) => void;

/** The state of the interpreter. `marks` holds the stacks below each MARK, as in Python's own unpickler. */
class PickleMachine {
  stack: PickleValue[] = [];
  readonly marks: PickleValue[][] = [];
  readonly memo = new Map<number, PickleValue>();
  readonly cursor: ByteCursor;
  readonly world: PickleWorld;
  readonly what: string;

  constructor(cursor: ByteCursor, world: PickleWorld, what: string) {
    this.cursor = cursor;
    this.world = world;
    this.what = what;
  }

  refuse(reason: string): never {
    throw new WeightsError(`${this.what} ${reason} (at byte ${this.cursor.position}).`);
  }
  push(value: PickleValue): void {
    this.stack.push(value);
  }
  pop(): PickleValue {
    const value = this.stack.pop();
    return value === undefined ? this.refuse('takes a value from an empty stack; it is damaged') : value;
  }
  top(): PickleValue {
    const value = this.stack.at(-1);
    return value === undefined ? this.refuse('needs a value on an empty stack; it is damaged') : value;
  }
  popToMark(): PickleValue[] {
    const items = this.stack;
    this.stack = this.marks.pop() ?? this.refuse('goes back to a mark that it has not set; it is damaged');
    return items;
  }
  popTuple(length: number): void {
    if (this.stack.length < length) this.refuse('makes a tuple of more values than there are; it is damaged');
    this.push(new PickleTuple(this.stack.splice(this.stack.length - length)));
  }
  put(index: number): void {
    this.memo.set(index, this.top());
  }
  get(index: number): void {
    const value = this.memo.get(index);
    this.push(value === undefined ? this.refuse(`refers to the memo ${index}, which it has not set; it is damaged`) : value);
  }
  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof PickleDict)) return this.refuse(`sets an item of ${kindOf(dict)}`);
    if (items.length % 2 !== 0) return this.refuse('sets a key without a value; it is damaged');
    for (let index = 0; index < items.length; index += 2) dict.entries.set(items[index] as PickleValue, items[index + 1] as PickleValue);
  }
  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) return this.refuse(`appends to ${kindOf(list)}`);
    for (const item of items) list.push(item);
  }
  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') return this.refuse('imports something whose name is no string');
    this.push(this.world.findGlobal(`${module}.${name}`));
  }
  reduce(): void {
    const args = this.pop();
    const target = this.pop();
    if (!(target instanceof PickleGlobal)) return this.refuse(`calls ${kindOf(target)}`);
    if (!(args instanceof PickleTuple)) return this.refuse(`calls ${target.path} with ${kindOf(args)} in place of arguments`);
    this.push(this.world.reduce(target, args));
  }
  /** Attributes of a dict (`_metadata` of a state dict) mean nothing here; of anything else they are refused. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (!(target instanceof PickleDict && state instanceof PickleDict)) this.refuse(`sets attributes of ${kindOf(target)}, which is not allowed`);
  }
  newObject(): void {
    this.pop();
    this.refuse(`makes an object of the class ${kindOf(this.top())}, which is not allowed`);
  }
  longInteger(length: number): void {
    if (length > 64) this.refuse(`holds an integer of ${length} bytes; more than 64 are not accepted`);
    let value = 0n;
    for (const byte of this.cursor.bytes(length).toReversed()) value = (value << 8n) | BigInt(byte);
    value = BigInt.asIntN(8 * length, value);
    const small = Number(value);
    this.push(Number.isSafeInteger(small) ? small : value);
  }
}

/** The opcodes of pickle protocol 2, which torch.save writes, and what protocols 4 and 5 add to it (Python's pickletools names them). */
const operations = new Map<number | string, Operation>([
  ['(', (m) => void (m.marks.push(m.stack), (m.stack = []))],
  ['0', (m) => void m.pop()],
  ['1', (m) => void m.popToMark()],
  ['2', (m) => m.push(m.top())],
  ['N', (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  ['J', (m) => m.push(m.cursor.int32())],
  ['K', (m) => m.push(m.cursor.uint8())],
  ['M', (m) => m.push(m.cursor.uint16())],
  [0x8a, (m) => m.longInteger(m.cursor.uint8())],
  [0x8b, (m) => m.longInteger(m.cursor.uint32())],
  ['G', (m) => m.push(m.cursor.float64BigEndian())],
  ['X', (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  [0x8c, (m) => m.push(m.cursor.text(m.cursor.uint8()))],
  [0x8d, (m) => m.push(m.cursor.text(m.cursor.uint64()))],
  ['U', (m) => m.push(m.cursor.text(m.cursor.uint8()))],
  ['T', (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  ['C', (m) => m.push(m.cursor.bytes(m.cursor.uint8()))],
  ['B', (m) => m.push(m.cursor.bytes(m.cursor.uint32()))],
  [0x8e, (m) => m.push(m.cursor.bytes(m.cursor.uint64()))],
  [']', (m) => m.push([])],
  ['a', (m) => m.append([m.pop()])],
  ['e', (m) => m.append(m.popToMark())],
  ['l', (m) => m.push(m.popToMark())],
  [')', (m) => m.push(new PickleTuple([]))],
  ['t', (m) => m.push(new PickleTuple(m.popToMark()))],
  [0x85, (m) => m.popTuple(1)],
  [0x86, (m) => m.popTuple(2)],
  [0x87, (m) => m.popTuple(3)],
  ['}', (m) => m.push(new PickleDict())],
  ['s', (m) => m.setItems([m.pop(), m.pop()].reverse())],
  ['u', (m) => m.setItems(m.popToMark())],
  ['c', (m) => m.global(m.cursor.line(), m.cursor.line())],
  [0x93, (m) => m.global(...([m.pop(), m.pop()].reverse() as [PickleValue, PickleValue]))],
  ['i', (m) => m.refuse(`makes an object of the class ${quoted(`${m.cursor.line()}.${m.cursor.line()}`)}, which is not allowed`)],
  ['R', (m) => m.reduce()],
  ['b', (m) => m.build()],
  [0x81, (m) => m.newObject()],
  [0x92, (m) => (m.pop(), m.newObject())],
  ['Q', (m) => m.push(m.world.persistentLoad(m.pop()))],
  ['q', (m) => m.put(m.cursor.uint8())],
  ['r', (m) => m.put(m.cursor.uint32())],
  [0x94, (m) => m.put(m.memo.size)],
  ['h', (m) => m.get(m.cursor.uint8())],
  ['j', (m) => m.get(m.cursor.uint32())],
  [0x95, (m) => void m.cursor.uint64()],
]);
const stop = '.'.charCodeAt(0);
const protocol = 0x80;

/** The same by opcode byte. */
const table: readonly (Operation | undefined)[] = Array.from({ length: 256 }, (_, byte) => operations.get(byte) ?? operations.get(String.fromCharCode(byte)));

/**
 * Reads one pickle that begins at `start`. It is interpreted, never run: it can make plain values and what `world` allows.
 * @param what names the pickle in errors
 * @returns its value, and the position after it
 * @throws WeightsError
 */
export function unpickle(bytes: Uint8Array, start: number, world: PickleWorld, limits: PickleLimits, what: string): { value: PickleValue; end: number } {
  const cursor = new ByteCursor(bytes, start, what);
  const machine = new PickleMachine(cursor, world, what);
  for (let count = 0; count < limits.operations; count++) {
    const opcode = cursor.uint8();
    if (opcode === stop) return { value: machine.pop(), end: cursor.position };
    if (opcode === protocol) {
      const version = cursor.uint8();
      if (version > 5) machine.refuse(`is of pickle protocol ${version}; 2 to 5 are read`);
      continue;
    }
    const operation = table[opcode];
    if (!operation) machine.refuse(`has the opcode 0x${opcode.toString(16).padStart(2, '0')}, which a state dict does not need`);
    else operation(machine);
  }
  return machine.refuse(`takes more than ${limits.operations} steps; no state dict of ours does`);
}
