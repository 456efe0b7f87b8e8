"""A stub of SNS that costs as little as it can: `python -m tests.benchmarks.fast_sns LATENCY_MS`.

It runs as a process of its own, so that its work is not counted as ours. It prints its port, and
GET /count tells how many texts it took.
"""

import asyncio
import sys

PAGE = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>%032d</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId>"
    b"</ResponseMetadata></PublishResponse>"
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n"


class Answering(asyncio.Protocol):
    """One connection: answer each request after the latency, in order."""

    latency = 0.0
    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self.transport = transport
        self.read = b""

    def data_received(self, data: bytes) -> None:
        """Answer what has come whole."""
        self.read += data
        while (end := self.read.find(b"\r\n\r\n")) >= 0:
            head = self.read[:end].lower()
            size = 0
            if (at := head.find(b"content-length:")) >= 0:
                size = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self.read) < end + 4 + size:
                return
            self.read = self.read[end + 4 + size :]
            if head.startswith(b"get"):
                self.answer(b"%d" % Answering.taken)
                continue
            Answering.taken += 1
            page = PAGE % Answering.taken
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self.answer, page)
            else:
                self.answer(page)

    def answer(self, page: bytes) -> None:
        """Send one answer."""
        if not self.transport.is_closing():
            self.transport.write(HEAD % len(page) + page)


async def serve() -> None:
    """Listen on a free port until killed."""
    Answering.latency = float(sys.argv[1]) / 1000
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
