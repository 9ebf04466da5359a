/** The part of tfjs-node's generated protocol buffer messages that writing a graph needs (google-protobuf's conventions). */
declare module '@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js' {
  class Message {
    serializeBinary(): Uint8Array;
  }
  class Dim extends Message {
    setSize(size: number): void;
  }
  class TensorShape extends Message {
    static Dim: typeof Dim;
    addDim(dim: Dim): void;
  }
  class Tensor extends Message {
    setDtype(type: number): void;
    setTensorShape(shape: TensorShape): void;
    setTensorContent(content: Uint8Array): void;
  }
  class ListValue extends Message {
    setIList(values: number[]): void;
  }
  class AttrValue extends Message {
    static ListValue: typeof ListValue;
    setType(type: number): void;
    setI(value: number): void;
    setF(value: number): void;
    setB(value: boolean): void;
    setS(value: Uint8Array): void;
    setShape(shape: TensorShape): void;
    setTensor(tensor: Tensor): void;
    setList(list: ListValue): void;
  }
  class NodeDef extends Message {
    setName(name: string): void;
    setOp(op: string): void;
    setInputList(inputs: string[]): void;
    getAttrMap(): { set(name: string, value: AttrValue): void };
  }
  class VersionDef extends Message {
    setProducer(version: number): void;
  }
  class GraphDef extends Message {
    addNode(node: NodeDef): void;
    setVersions(versions: VersionDef): void;
  }
  class MetaInfoDef extends Message {
    setTagsList(tags: string[]): void;
    setTensorflowVersion(version: string): void;
  }
  class MetaGraphDef extends Message {
    static MetaInfoDef: typeof MetaInfoDef;
    setMetaInfoDef(info: MetaInfoDef): void;
    setGraphDef(graph: GraphDef): void;
  }
  class SavedModel extends Message {
    setSavedModelSchemaVersion(version: number): void;
    addMetaGraphs(graph: MetaGraphDef): void;
  }
  const messages: {
    AttrValue: typeof AttrValue;
    GraphDef: typeof GraphDef;
    MetaGraphDef: typeof MetaGraphDef;
    NodeDef: typeof NodeDef;
    SavedModel: typeof SavedModel;
    Tensor: typeof Tensor;
    TensorShape: typeof TensorShape;
    VersionDef: typeof VersionDef;
  };
  export default messages;
  export type { AttrValue, NodeDef };
}
