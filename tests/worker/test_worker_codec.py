"""Messages arrive as they were sent; anything else is refused by name."""

import json
import struct

import numpy as np
import pytest

from runtime.worker import codec
from runtime.worker.codec import CodecError, Decoder, encode


def sent(message):
    decoder = Decoder()
    (received,) = decoder.feed(encode(message))
    assert not decoder.partial
    return received


def frame(header, body=b"", magic=codec.MAGIC, version=codec.VERSION, size=None):
    """A frame put together by hand, from the description in the module."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-(20 + len(text)) % 8)
    size = 20 + len(text) + len(body) if size is None else size
    return struct.pack("<4sHHIQ", magic, version, 0, len(text), size) + text + body


def test_arrays_arrive_from_anywhere_in_a_message():
    message = {
        "motions": [
            {"qpos": np.arange(6.0).reshape(2, 3), "qvel": None},
            {"qpos": np.zeros((0, 76))},
        ],
        "deep": {"er": [[np.array([True, False])]]},
        "plain": {"text": "Tänzer ✓", "numbers": [1, 2.5, True, None]},
    }
    received = sent(message)
    np.testing.assert_array_equal(received["motions"][0]["qpos"], [[0, 1, 2], [3, 4, 5]])
    assert received["motions"][0]["qvel"] is None
    assert received["motions"][1]["qpos"].shape == (0, 76)
    np.testing.assert_array_equal(received["deep"]["er"][0][0], [True, False])
    assert received["plain"] == message["plain"]


@pytest.mark.parametrize("dtype", sorted(codec.DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (5,), (3, 0, 2), (2, 3, 4)])
def test_every_kind_of_number_keeps_its_type_shape_and_bits(dtype, shape):
    values = (np.arange(np.prod(shape)) % 7).reshape(shape).astype(dtype)
    received = sent({"a": values, "b": values})
    for name in "ab":
        assert received[name].dtype == values.dtype
        assert received[name].shape == values.shape
        np.testing.assert_array_equal(received[name], values)


def test_strided_and_big_endian_arrays_arrive_by_value():
    values = np.arange(24.0).reshape(4, 6)
    received = sent({"t": values.T, "cut": values[::2, 1::3], "big": values.astype(">f8")})
    np.testing.assert_array_equal(received["t"], values.T)
    np.testing.assert_array_equal(received["cut"], values[::2, 1::3])
    np.testing.assert_array_equal(received["big"], values)


def test_received_arrays_can_be_written():
    received = sent({"a": np.zeros(3)})
    received["a"][1] = 5
    np.testing.assert_array_equal(received["a"], [0, 5, 0])


def test_numpy_numbers_and_infinities_become_plain_ones():
    received = sent({"n": np.int64(3), "f": [np.float32(0.5)], "inf": float("inf"), "t": (1, 2)})
    assert received == {"n": 3, "f": [0.5], "inf": float("inf"), "t": [1, 2]}


@pytest.mark.parametrize("size", [1, 3, 19, 64, 1000])
def test_messages_arrive_in_whatever_pieces_the_pipe_gives(size):
    messages = [{"i": i, "a": np.full((i, 3), i, np.float32)} for i in range(6)]
    stream = b"".join(encode(message) for message in messages)
    decoder = Decoder()
    received = []
    for start in range(0, len(stream), size):
        received += decoder.feed(stream[start : start + size])
    assert [message["i"] for message in received] == list(range(6))
    assert all((message["a"] == message["i"]).all() for message in received)
    assert not decoder.partial


@pytest.mark.parametrize(
    "message",
    [
        {"a": object()},
        {"a": np.array([object()])},
        {"a": np.array(["text"])},
        {"a": np.array([1j])},
        {1: "a"},
        {"a": {2: "b"}},
        {"a": {1, 2}},
    ],
)
def test_what_cannot_travel_is_refused_by_the_sender(message):
    with pytest.raises(CodecError):
        encode(message)


def test_endless_nesting_is_refused_by_the_sender():
    message = {}
    message["self"] = message
    with pytest.raises(CodecError, match="nested"):
        encode(message)


def test_a_message_beyond_the_limit_is_refused_by_the_sender(monkeypatch):
    monkeypatch.setattr(codec, "MAX_FRAME_BYTES", 1000)
    encode({"a": np.zeros(50)})
    with pytest.raises(CodecError, match="larger"):
        encode({"a": np.zeros(200)})


EMPTY = {"message": {"a": None}, "arrays": []}


def with_array(**entry):
    defaults = {"path": ["a"], "dtype": "<f8", "shape": [1]}
    return {"message": {"a": None}, "arrays": [{**defaults, **entry}]}


def test_a_frame_made_by_hand_is_read():
    (message,) = Decoder().feed(frame(with_array(), struct.pack("<d", 2.5)))
    np.testing.assert_array_equal(message["a"], [2.5])


@pytest.mark.parametrize(
    "garbage",
    [
        b"Segmentation fault\n",
        b"MT then something else",
        frame(EMPTY, version=99),
        frame(EMPTY, size=1 << 40),
        frame(EMPTY, size=10),
        frame(EMPTY, body=b"\0" * 8),
        frame(b"{broken"),
        frame(b"\xff\xfe\xfd\xfc"),
        frame(b"[" * 100_000),
        frame({"message": [], "arrays": []}),
        frame({"message": {}}),
        frame(with_array(dtype="|O"), b"\0" * 8),
        frame(with_array(dtype="<M8[s]"), b"\0" * 8),
        frame(with_array(dtype=["<f8"]), b"\0" * 8),
        frame(with_array(shape=[-1]), b"\0" * 8),
        frame(with_array(shape=[1 << 62, 4]), b"\0" * 8),
        frame(with_array(shape=[2]), b"\0" * 8),
        frame(with_array(shape=[1.0]), b"\0" * 8),
        frame(with_array(shape=8), b"\0" * 8),
        frame(with_array(path=["b"]), b"\0" * 8),
        frame(with_array(path=[]), b"\0" * 8),
        frame(with_array(path=["a", 0]), b"\0" * 8),
        frame({**with_array(), "message": {"a": "taken"}}, b"\0" * 8),
    ],
)
def test_what_is_no_message_is_refused(garbage):
    with pytest.raises(CodecError):
        Decoder().feed(garbage)


def test_garbage_is_recognised_by_its_first_byte():
    with pytest.raises(CodecError, match="not a message: b'W'"):
        Decoder().feed(b"W")


def test_random_damage_never_gets_past_as_another_error():
    rng = np.random.default_rng(0)
    stream = encode({"a": np.arange(4.0), "text": "x" * 40, "list": [1, np.zeros(2, np.uint8)]})
    for _ in range(2000):
        damaged = bytearray(stream)
        for _ in range(rng.integers(1, 4)):
            damaged[rng.integers(len(damaged))] = rng.integers(256)
        try:
            Decoder().feed(bytes(damaged))
        except CodecError:
            continue
