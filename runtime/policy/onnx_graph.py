"""ONNX graphs of the networks, node by node, from the same descriptions as the torch modules."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .architecture import Activation, Block, Layer, Linear, Network, Norm, Stack
from .config import ModelConfig

Precision = Literal["fp32", "int8"]

OPSET = 18
IR_VERSION = 10
"""What onnxruntime has read since 1.18, older than what ``onnx`` writes by default."""
BLOCK = 128
"""Consecutive inputs of a linear layer that share one scale."""
_COMPUTE_IN_INT8 = 4
_NORM_EPS = 1e-5
_VARIANCE_EPS = 1e-5


def actor_graph(
    config: ModelConfig,
    network: Network,
    tensors: dict[str, np.ndarray],
    precision: Precision = "fp32",
) -> onnx.ModelProto:
    """``obs`` (n, obs), ``z`` (n, z) -> ``action`` (n, action), the mean of the policy."""
    graph = _Graph(tensors, precision)
    obs = graph.normalised("obs", config)
    both = graph.node("Concat", obs, "z", axis=1)
    embedded_z = graph.stack("_actor.embed_z", network.stacks["embed_z"], both)
    embedded_s = graph.stack("_actor.embed_s", network.stacks["embed_s"], obs)
    joined = graph.node("Concat", embedded_s, embedded_z, axis=1)
    action = graph.stack("_actor.policy", network.stacks["policy"], joined)
    inputs = {"obs": config.obs_dim, "z": config.archi.z_dim}
    return graph.model(inputs, "Tanh", action, "action", config.action_dim)


def backward_graph(
    config: ModelConfig, network: Network, tensors: dict[str, np.ndarray]
) -> onnx.ModelProto:
    """``obs`` (n, obs) -> ``b`` (n, z)."""
    graph = _Graph(tensors, "fp32")
    out = graph.stack("_backward_map.net", network.stacks["net"], graph.normalised("obs", config))
    size = config.archi.z_dim
    if config.archi.b.norm:
        length = graph.node("ReduceL2", out, graph.constant(np.array([1], np.int64)), keepdims=1)
        length = graph.node("Max", length, graph.constant(np.float32(1e-12)))
        unit = graph.node("Div", out, length)
        out = graph.node("Mul", unit, graph.constant(np.float32(np.sqrt(size))))
    return graph.model({"obs": config.obs_dim}, "Identity", out, "b", size)


@dataclass
class _Graph:
    tensors: dict[str, np.ndarray]
    precision: Precision
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        output = f"v{len(self.nodes)}"
        made = helper.make_node(kind, inputs, [output], domain=domain, **attributes)
        self.nodes.append(made)
        return output

    def constant(self, array: np.ndarray | np.generic, name: str = "") -> str:
        name = name or f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def normalised(self, obs: str, config: ModelConfig) -> str:
        if not config.norm_obs:
            return obs
        mean = self.tensors["_obs_normalizer.running_mean"]
        variance = self.tensors["_obs_normalizer.running_var"].astype(np.float64)
        centred = self.node("Sub", obs, self.constant(mean, "observation_mean"))
        scale = (1 / np.sqrt(variance + _VARIANCE_EPS)).astype(np.float32)
        return self.node("Mul", centred, self.constant(scale, "observation_scale"))

    def stack(self, prefix: str, stack: Stack, x: str) -> str:
        for index, layer in enumerate(stack):
            x = self.layer(f"{prefix}.{index}", layer, x)
        return x

    def layer(self, name: str, layer: Layer, x: str) -> str:
        match layer:
            case Linear():
                return self.linear(name, layer, x)
            case Norm():
                weight = self.constant(self.tensors[f"{name}.weight"], f"{name}.weight")
                bias = self.constant(self.tensors[f"{name}.bias"], f"{name}.bias")
                return self.node("LayerNormalization", x, weight, bias, axis=-1, epsilon=_NORM_EPS)
            case Activation(kind):
                return self.node({"tanh": "Tanh", "relu": "Relu", "mish": "Mish"}[kind], x)
            case Block():
                out = self.stack(f"{name}.mlp", layer.layers, x)
                return self.node("Add", x, out) if layer.residual else out

    def linear(self, name: str, layer: Linear, x: str) -> str:
        weight = self.tensors[f"{name}.weight"]
        bias = self.constant(self.tensors[f"{name}.bias"], f"{name}.bias")
        if self.precision == "fp32":
            turned = self.constant(weight.T, f"{name}.weight")
            return self.node("Add", self.node("MatMul", x, turned), bias)
        packed, scales = quantised(weight)
        product = self.node(
            "MatMulNBits",
            x,
            self.constant(packed, f"{name}.weight"),
            self.constant(scales, f"{name}.scale"),
            domain="com.microsoft",
            K=layer.inputs,
            N=layer.outputs,
            bits=8,
            block_size=BLOCK,
            accuracy_level=_COMPUTE_IN_INT8,
        )
        return self.node("Add", product, bias)

    def model(
        self, inputs: dict[str, int], last: str, x: str, output: str, size: int
    ) -> onnx.ModelProto:
        self.nodes.append(helper.make_node(last, [x], [output]))
        graph = helper.make_graph(
            self.nodes,
            "motivo",
            [_value(name, width) for name, width in inputs.items()],
            [_value(output, size)],
            self.constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model


def quantised(weight: np.ndarray, block: int = BLOCK) -> tuple[np.ndarray, np.ndarray]:
    """Weights (out, in) as bytes around 128, one scale a block of inputs.

    In the layout of onnxruntime's ``MatMulNBits``: (out, blocks, block) uint8,
    scales (out, blocks) float32. Of the choices measured (8 bits in blocks of 32
    to 256, 4 bits, weights alone quantised) blocks of 128 with sums in integers
    are the fastest whose error stays far below the policy's own noise of 0.2.
    """
    outputs, inputs = weight.shape
    blocks = -(-inputs // block)
    padded = np.zeros((outputs, blocks * block), np.float32)
    padded[:, :inputs] = weight
    padded = padded.reshape(outputs, blocks, block)
    scales = np.abs(padded).max(axis=-1) / 127
    safe = np.where(scales > 0, scales, 1)
    return (np.rint(padded / safe[..., None]) + 128).astype(np.uint8), scales.astype(np.float32)


def _value(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
