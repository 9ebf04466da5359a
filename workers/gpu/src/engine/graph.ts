import * as fs from 'node:fs';
import path from 'node:path';
import pb from '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js';
import type { AttrValue } from '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js';
import { backend, dtypes, type Dtype, type OpAttribute, type TypedArray } from './tensorflow.ts';

/** Version of the graph format (TF_GRAPH_DEF_VERSION) that the nodes below follow. */
const graphVersion = 1882;

/** A TensorFlow graph under construction. Outputs are named `node:index`, control inputs `^node`, as in a NodeDef. */
export class Graph {
  private readonly definition = new pb.GraphDef();
  private readonly names = new Map<string, number>();

  /** Adds a node and gives its name. Control inputs may stand anywhere among the inputs. */
  node(op: string, inputs: readonly string[], attributes: Record<string, AttrValue>, name = op): string {
    const count = this.names.get(name) ?? 0;
    this.names.set(name, count + 1);
    const unique = count === 0 ? name : `${name}_${count}`;
    const node = new pb.NodeDef();
    node.setName(unique);
    node.setOp(op);
    node.setInputList([...inputs.filter((input) => !input.startsWith('^')), ...inputs.filter((input) => input.startsWith('^'))]);
    for (const [key, value] of Object.entries(attributes)) node.getAttrMap().set(key, value);
    this.definition.addNode(node);
    return unique;
  }

  placeholder(name: string, dtype: Dtype, shape: readonly number[]): string {
    return `${this.node('Placeholder', [], { dtype: typeValue(dtypes[dtype]), shape: shapeValue(shape) }, name)}:0`;
  }

  constant(dtype: number, shape: readonly number[], data: TypedArray): string {
    const tensor = new pb.Tensor();
    tensor.setDtype(dtype);
    tensor.setTensorShape(shapeOf(shape));
    tensor.setTensorContent(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const value = new pb.AttrValue();
    value.setTensor(tensor);
    return `${this.node('Const', [], { dtype: typeValue(dtype), value })}:0`;
  }

  /** The same value under a new name, available only after the control inputs. */
  identity(input: string, dtype: number, control: readonly string[], name: string): string {
    return `${this.node('Identity', [input, ...control], { T: typeValue(dtype) }, name)}:0`;
  }

  /** Writes `saved_model.pb`: one graph tagged `serve`. It needs neither a variables folder nor signatures to be loaded. */
  save(directory: string): void {
    const info = new pb.MetaGraphDef.MetaInfoDef();
    info.setTagsList(['serve']);
    info.setTensorflowVersion(backend.binding.TF_Version);
    const versions = new pb.VersionDef();
    versions.setProducer(graphVersion);
    this.definition.setVersions(versions);
    const meta = new pb.MetaGraphDef();
    meta.setMetaInfoDef(info);
    meta.setGraphDef(this.definition);
    const model = new pb.SavedModel();
    model.setSavedModelSchemaVersion(1);
    model.addMetaGraphs(meta);
    fs.writeFileSync(path.join(directory, 'saved_model.pb'), model.serializeBinary());
  }
}

function shapeOf(shape: readonly number[]) {
  const message = new pb.TensorShape();
  for (const size of shape) {
    const dim = new pb.TensorShape.Dim();
    dim.setSize(size);
    message.addDim(dim);
  }
  return message;
}

export function typeValue(type: number): AttrValue {
  const value = new pb.AttrValue();
  value.setType(type);
  return value;
}

function shapeValue(shape: readonly number[]): AttrValue {
  const value = new pb.AttrValue();
  value.setShape(shapeOf(shape));
  return value;
}

/** An attribute of an eagerly executed op as the attribute of a node. */
export function attributeValue({ name, type, value: given }: OpAttribute): AttrValue {
  const { binding } = backend;
  const value = new pb.AttrValue();
  if (type === binding.TF_ATTR_TYPE && typeof given === 'number') value.setType(given);
  else if (type === binding.TF_ATTR_BOOL) value.setB(Boolean(given));
  else if (type === binding.TF_ATTR_FLOAT && typeof given === 'number') value.setF(given);
  else if (type === binding.TF_ATTR_STRING && typeof given === 'string') value.setS(new TextEncoder().encode(given));
  else if (type === binding.TF_ATTR_SHAPE && Array.isArray(given)) value.setShape(shapeOf(given));
  else if (type === binding.TF_ATTR_INT && Array.isArray(given)) {
    const list = new pb.AttrValue.ListValue();
    list.setIList(given);
    value.setList(list);
  } else if (type === binding.TF_ATTR_INT && typeof given === 'number') value.setI(given);
  else throw new Error(`cannot record attribute ${name} of type ${type}`);
  return value;
}
