"""An HTTP connection that nobody can hold open for nothing: the head of a request is bounded in size and time."""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = 64 << 10  # bytes
PATIENCE = 10.0  # seconds for a head, and for what still comes of a body after its answer


class Connection(HttpToolsProtocol):
    """uvicorn's connection with a deadline for each head; the body's is the application's, which reads it."""

    _late: TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await()

    def data_received(self, data: bytes) -> None:
        """Count a head's bytes; blank lines between requests are part of the next head."""
        if self._late is None and (self.cycle is None or self.cycle.response_complete):
            self._await()
        counts = self._late is not None
        super().data_received(data)
        if counts and self._late is not None:
            self._head += len(data)
            if self._head > HEAD and not self.transport.is_closing():
                self.send_400_response(f"a request's head has at most {HEAD} bytes")

    def on_message_begin(self) -> None:
        """Wait for the rest of the head."""
        super().on_message_begin()
        if self._late is None:
            self._await()

    def on_headers_complete(self) -> None:
        """Wait no longer."""
        self._arrived()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A body that goes on after its answer is given a deadline too; it is thrown away as it comes."""
        if self.cycle.response_complete and self._late is None:
            self._await()
            self._head = -(1 << 62)  # it is no head: its size does not matter
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait no longer."""
        self._arrived()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._arrived()
        super().connection_lost(exc)

    def _await(self) -> None:
        self._head = 0
        self._late = self.loop.call_later(PATIENCE, self._give_up)

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()
