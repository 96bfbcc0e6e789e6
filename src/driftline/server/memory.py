"""Bounds the memory that batches hold together while they are read, decoded and written."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from driftline.errors import BusyError, TooLargeError


class Reservation:
    """What one batch holds of the memory; it only grows, and ends with its `with` block."""

    def __init__(self, memory: "Memory") -> None:
        self._memory, self.size = memory, 0

    def grow(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            TooLargeError: when this batch alone would need more than there is.
            BusyError: when it would, together with the batches under way; sending it again later helps.
        """
        self._memory.take(size, self.size)
        self.size += size


class Memory:
    """So many bytes, which batches share.

    It counts estimates: the bytes of a body, and what its values take once they are Python objects and columns.

    Args:
        most: bytes that all batches together may hold.
    """

    def __init__(self, most: int) -> None:
        self.most, self.used, self._lock = most, 0, Lock()

    @contextmanager
    def reserve(self) -> Iterator[Reservation]:
        """A reservation of nothing, for a batch to grow.

        >>> memory = Memory(100)
        >>> with memory.reserve() as batch:
        ...     batch.grow(60)
        ...     memory.used
        60
        >>> memory.used
        0
        """
        reservation = Reservation(self)
        try:
            yield reservation
        finally:
            with self._lock:
                self.used -= reservation.size

    def take(self, size: int, held: int) -> None:
        """Count so many bytes more for a batch that holds some already; raises as `Reservation.grow`."""
        if held + size > self.most:
            raise TooLargeError(
                f"the batch needs more than {self.most:,} bytes of memory to be read; send smaller batches"
            )
        with self._lock:
            if self.used + size > self.most:
                raise BusyError("the batches under way fill the memory; send it again later")
            self.used += size
