"""Bytes of profiles and packs: msgpack with NumPy arrays as little-endian extension values. No code is ever loaded."""

from typing import Any

import msgpack
import numpy as np

from driftline.errors import PackError

_ARRAY = 1
_MOST_ITEMS = 5_000_000
_DTYPES = {"<f4", "<f8", "<i8", "<u8"}


def pack(value: Any) -> bytes:
    """Bytes of nested dicts, lists, text, numbers and arrays (floats, int64, uint64); equal values give equal bytes.

    >>> unpack(pack({"a": np.arange(3)}))["a"].tolist()
    [0, 1, 2]
    """
    return bytes(msgpack.packb(value, default=_encode, use_bin_type=True))


def unpack(data: bytes) -> Any:
    """The value of bytes made by `pack`.

    Raises:
        PackError: when the bytes are damaged.
    """
    left = [_MOST_ITEMS]

    def counted(items: Any) -> Any:
        left[0] -= 1 + len(items)  # an empty list or mapping takes memory too
        if left[0] < 0:
            raise ValueError(f"more than {_MOST_ITEMS:,} items")
        return items

    hooks = {"list_hook": counted, "object_hook": counted, "ext_hook": _decode}
    try:
        return msgpack.unpackb(
            data, raw=False, strict_map_key=False, max_array_len=_MOST_ITEMS, max_map_len=_MOST_ITEMS, **hooks
        )
    except (ValueError, TypeError, msgpack.exceptions.UnpackException) as error:
        raise PackError(f"the bytes are no profile or pack: {error}; make it again from its source") from error


def _encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        little = value.astype(value.dtype.newbyteorder("<"), copy=False)
        return msgpack.ExtType(_ARRAY, pack([little.dtype.str, list(value.shape), little.tobytes()]))
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot pack a {type(value).__name__}")


def _decode(code: int, data: bytes) -> Any:
    if code != _ARRAY:
        raise ValueError(f"unknown extension {code}")
    dtype, shape, body = msgpack.unpackb(data, raw=False)
    if dtype not in _DTYPES:
        raise ValueError(f"unknown array type {dtype!r}")
    return np.frombuffer(body, dtype=dtype).reshape(shape).copy()
