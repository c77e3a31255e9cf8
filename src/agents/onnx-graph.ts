/**
 * ONNX models, as far as policies need them: float networks, operators of the default set. Field numbers are those of onnx.proto3 (github.com/onnx/onnx); operators
 * as in docs/Operators.md there.
 */
import { ProtobufWriter } from './protobuf.js';

/** Version of the format, and of the operator set. */
const IR_VERSION = 8;
const OPSET = 17;

/** Types of tensors (TensorProto.DataType). */
export const ONNX_TYPES = { float: 1, int64: 7, bool: 9 } as const;
/** One of {@link ONNX_TYPES}. */
export type OnnxType = keyof typeof ONNX_TYPES;

/** What AttributeProto.type says. */
const ATTRIBUTE = { float: 1, int: 2 } as const;

/** An attribute of a node. */
export type OnnxAttribute = { readonly float: number } | { readonly int: number };

interface Value {
  readonly name: string;
  readonly type: OnnxType;
  /** Lengths of the dimensions; a text for one that is not fixed. */
  readonly shape: readonly (number | string)[];
}

/** A graph in the making: nodes in the order in which they are carried out. */
export class OnnxGraph {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers: Uint8Array[] = [];
  private readonly inputs: Value[] = [];
  private readonly outputs: Value[] = [];
  private count = 0;

  input(name: string, type: OnnxType, shape: Value['shape']): string {
    this.inputs.push({ name, type, shape });
    return name;
  }

  output(name: string, type: OnnxType, shape: Value['shape']): void {
    this.outputs.push({ name, type, shape });
  }

  private nameOf(what: string): string {
    this.count += 1;
    return `${what}_${this.count}`;
  }

  /** A tensor of floats. @param shape lengths of its dimensions; one dimension by default, none for a single number */
  floats(what: string, values: ArrayLike<number>, shape: readonly number[] = [values.length]): string {
    const raw = new DataView(new ArrayBuffer(4 * values.length));
    for (let i = 0; i < values.length; i++) raw.setFloat32(4 * i, values[i], true);
    return this.tensor(what, 'float', shape, raw);
  }

  /** A tensor of whole numbers. */
  wholes(what: string, values: ArrayLike<number>): string {
    const raw = new DataView(new ArrayBuffer(8 * values.length));
    for (let i = 0; i < values.length; i++) raw.setBigInt64(8 * i, BigInt(values[i]), true);
    return this.tensor(what, 'int64', [values.length], raw);
  }

  private tensor(what: string, type: OnnxType, shape: readonly number[], raw: DataView): string {
    const name = this.nameOf(what);
    // TensorProto: 1 dims, 2 data_type, 8 name, 9 raw_data.
    const message = new ProtobufWriter();
    if (shape.length > 0) message.wholes(1, shape);
    this.initializers.push(message.whole(2, ONNX_TYPES[type]).text(8, name).bytes(9, new Uint8Array(raw.buffer)).finish());
    return name;
  }

  /** A node with one output. @returns the output's name, `output` where that is given */
  node(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}, output?: string): string {
    const name = this.nameOf(operator.toLowerCase());
    const result = output ?? name;
    // NodeProto: 1 input, 2 output, 3 name, 4 op_type, 5 attribute.
    const message = new ProtobufWriter();
    for (const input of inputs) message.text(1, input);
    message.text(2, result).text(3, name).text(4, operator);
    for (const [key, attribute] of Object.entries(attributes)) {
      // AttributeProto: 1 name, 2 f, 3 i, 20 type.
      message.message(5, (inner) => {
        inner.text(1, key);
        if ('float' in attribute) inner.float(2, attribute.float).whole(20, ATTRIBUTE.float);
        else inner.whole(3, attribute.int).whole(20, ATTRIBUTE.int);
      });
    }
    this.nodes.push(message.finish());
    return result;
  }

  /** The model's bytes. @param properties texts by name that stand with it */
  model(name: string, title: string, properties: Readonly<Record<string, string>>): Uint8Array {
    const value = ({ name: own, type, shape }: Value) => {
      // ValueInfoProto: 1 name, 2 type; TypeProto: 1 tensor_type; Tensor: 1 elem_type, 2 shape; TensorShapeProto: 1 dim; Dimension: 1 dim_value, 2 dim_param.
      return (info: ProtobufWriter): void => {
        info.text(1, own).message(2, (typeOf) => {
          typeOf.message(1, (tensor) => {
            tensor.whole(1, ONNX_TYPES[type]).message(2, (dimensions) => {
              for (const length of shape) {
                dimensions.message(1, (one) => void (typeof length === 'number' ? one.whole(1, length) : one.text(2, length)));
              }
            });
          });
        });
      };
    };
    // ModelProto: 1 ir_version, 2 producer_name, 6 doc_string, 7 graph, 8 opset_import, 14 metadata_props; OperatorSetIdProto: 2 version.
    const model = new ProtobufWriter().whole(1, IR_VERSION).text(2, 'busbar').text(6, title);
    // GraphProto: 1 node, 2 name, 5 initializer, 11 input, 12 output.
    model.message(7, (graph) => {
      for (const node of this.nodes) graph.bytes(1, node);
      graph.text(2, name);
      for (const tensor of this.initializers) graph.bytes(5, tensor);
      for (const input of this.inputs) graph.message(11, value(input));
      for (const output of this.outputs) graph.message(12, value(output));
    });
    model.message(8, (set) => void set.whole(2, OPSET));
    for (const [key, text] of Object.entries(properties)) model.message(14, (entry) => void entry.text(1, key).text(2, text));
    return model.finish();
  }
}
