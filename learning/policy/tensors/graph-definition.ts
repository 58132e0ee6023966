/**
 * A graph of kernels as the bytes of a TensorFlow SavedModel, which is the form that the addon loads.
 *
 * Field numbers are those of graph.proto, node_def.proto, attr_value.proto, tensor.proto and saved_model.proto in
 * TensorFlow's core/framework and core/protobuf. The only file that imports @bufbuild/protobuf.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire"
import type { Element } from "./ops.ts"
import type { KernelAttributes, Shape } from "./tensorflow-kernels.ts"

/** DataType in types.proto. */
const dataType = { float32: 1, int32: 3, bfloat16: 14 } as const

export type GraphNode =
  /** What a run is given; a length of -1 is one that differs between runs. */
  | { readonly kind: "argument"; readonly name: string; readonly element: Element; readonly shape: Shape }
  | {
      readonly kind: "constant"
      readonly name: string
      readonly element: Element
      readonly shape: Shape
      readonly values: Shape
    }
  | {
      readonly kind: "kernel"
      readonly name: string
      readonly kernel: string
      readonly attributes: KernelAttributes
      /** What it computes in; a cast makes it of `from`. */
      readonly element: Element
      readonly from: Element
      /** Names of nodes, or "node:output" beyond the first output. */
      readonly inputs: ReadonlyArray<string>
    }

/** The names that a kernel's definition gives to the types of its numbers and of its integers; T alone where not listed. */
const typeNames: Readonly<Record<string, { readonly numbers: string; readonly integers: ReadonlyArray<string> }>> = {
  Mean: { numbers: "T", integers: ["Tidx"] },
  Sum: { numbers: "T", integers: ["Tidx"] },
  Max: { numbers: "T", integers: ["Tidx"] },
  Reshape: { numbers: "T", integers: ["Tshape"] },
  Transpose: { numbers: "T", integers: ["Tperm"] },
  ConcatV2: { numbers: "T", integers: ["Tidx"] },
  SplitV: { numbers: "T", integers: ["Tlen"] },
  Slice: { numbers: "T", integers: ["Index"] },
  Roll: { numbers: "T", integers: ["Tshift", "Taxis"] },
  GatherV2: { numbers: "Tparams", integers: ["Tindices", "Taxis"] },
  Fill: { numbers: "T", integers: ["index_type"] }
}

const typesOf = ({ element, from, kernel }: Extract<GraphNode, { kind: "kernel" }>): Record<string, Element> => {
  if (kernel === "Cast") return { SrcT: from, DstT: element }
  const { integers, numbers } = typeNames[kernel] ?? { numbers: "T", integers: [] }
  return { [numbers]: element, ...Object.fromEntries(integers.map((name) => [name, "int32"] as const)) }
}

type Write = (writer: BinaryWriter) => void

const message =
  (field: number, body: Write): Write =>
  (writer) => {
    body(writer.tag(field, WireType.LengthDelimited).fork())
    writer.join()
  }
const text =
  (field: number, value: string): Write =>
  (writer) => {
    writer.tag(field, WireType.LengthDelimited).string(value)
  }
const integer =
  (field: number, value: number): Write =>
  (writer) => {
    writer.tag(field, WireType.Varint).int64(value)
  }
const bytes =
  (field: number, value: Uint8Array): Write =>
  (writer) => {
    writer.tag(field, WireType.LengthDelimited).bytes(value)
  }
const all =
  (parts: ReadonlyArray<Write>): Write =>
  (writer) => {
    for (const part of parts) part(writer)
  }

const attribute = (name: string, value: Write): Write => message(5, all([text(1, name), message(2, value)]))
const typeAttribute = (name: string, element: Element): Write => attribute(name, integer(6, dataType[element]))
const shapeOf = (shape: Shape): Write => all(shape.map((length) => message(2, integer(1, length))))

const contentOf = (element: Element, values: Shape): Uint8Array =>
  new Uint8Array((element === "float32" ? Float32Array : Int32Array).from(values).buffer)

const nodeBody = (node: GraphNode): Write => {
  switch (node.kind) {
    case "argument":
      return all([
        text(1, node.name),
        text(2, "Placeholder"),
        typeAttribute("dtype", node.element),
        attribute("shape", message(7, shapeOf(node.shape)))
      ])
    case "constant": {
      const tensor = all([
        integer(1, dataType[node.element]),
        message(2, shapeOf(node.shape)),
        bytes(4, contentOf(node.element, node.values))
      ])
      return all([
        text(1, node.name),
        text(2, "Const"),
        typeAttribute("dtype", node.element),
        attribute("value", message(8, tensor))
      ])
    }
    case "kernel":
      return all([
        text(1, node.name),
        text(2, node.kernel),
        ...node.inputs.map((input) => text(3, input)),
        ...Object.entries(typesOf(node)).map(([name, element]) => typeAttribute(name, element)),
        ...Object.entries(node.attributes).map(([name, value]) =>
          attribute(name, typeof value === "boolean" ? integer(5, value ? 1 : 0) : integer(3, value))
        )
      ])
  }
}

/** The tag that a loader asks for. */
export const graphTag = "serve"

/** The oldest and the newest version of graphs that this form is of. */
const versions = message(4, all([integer(1, 1994), integer(2, 12)]))

/** The bytes of saved_model.pb. */
export const savedModel = (nodes: ReadonlyArray<GraphNode>, tensorflowVersion: string): Uint8Array => {
  const graph = all([...nodes.map((node) => message(1, nodeBody(node))), versions])
  const information = all([text(4, graphTag), text(5, tensorflowVersion)])
  const writer = new BinaryWriter()
  all([integer(1, 1), message(2, all([message(1, information), message(2, graph)]))])(writer)
  return writer.finish()
}
