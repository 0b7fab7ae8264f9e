"""The loopback internet: a proxy on loopback that ends every tunnel itself, as the host that the client asked for.

The client needs no change: HTTPS_PROXY names the proxy, SSL_CERT_FILE the authority of its certificates.
"""

import asyncio
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import responses
from pathlib import Path

from bench.rehearsal.certificates import Authority, create_authority, create_context, write_certificate
from bench.rehearsal.faults import Answer, Fault
from bench.rehearsal.world import World

LOOPBACK = "127.0.0.1"
NO_FAULT = Fault(name="none")
CLIENT_ERRORS = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError)


@dataclass
class Internet:
    """The running server."""

    world: World
    folder: Path
    port: int = 0
    trusted: Authority = field(default_factory=lambda: create_authority("rehearsal"))
    untrusted: Authority = field(default_factory=lambda: create_authority("nobody"))
    contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)
    tasks: set[asyncio.Task[None] | None] = field(default_factory=set)
    """Connections at work: the event loop itself keeps no task alive that stalls."""

    def environment(self) -> dict[str, str]:
        """What a client needs to reach it, and to reach nothing else."""
        proxy = f"http://{LOOPBACK}:{self.port}"
        return {
            "https_proxy": proxy, "HTTPS_PROXY": proxy, "http_proxy": proxy, "HTTP_PROXY": proxy,
            "SSL_CERT_FILE": str(self.folder / "authority.pem"),
        }  # fmt: skip

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of a client."""
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (*CLIENT_ERRORS, asyncio.CancelledError):
            pass  # a client that hangs up is part of the play, and so is a stall when the server ends
        finally:
            self.tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = await read_head(reader)
        if method != "CONNECT":
            self.world.violations.append(f"{method} {target} without TLS")
            writer.write(format_answer(Answer(status=502)))
            return
        host, _, port = target.rpartition(":")
        if port != "443":
            self.world.violations.append(f"port {port} of {host}")
        fault = self.world.fault_of_host(host) or NO_FAULT
        if fault.refuses:
            writer.write(format_answer(Answer(status=502)))
            return
        if fault.stalls_in == "connect":
            await stall()
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if fault.stalls_in == "tls":
            await stall()
        await writer.start_tls(self._context_of(host, fault))
        while await self._answer(host, fault, reader, writer):
            pass

    async def _answer(
        self, host: str, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request of a tunnel; whether the connection stays open."""
        _, path, headers = await read_head(reader)
        url = f"https://{host}{path}"
        if fault.stalls_in == "headers" or (fault.stalls_in == "robots" and path == "/robots.txt"):
            await stall()
        answer = self.world.answer(url, headers)
        self.world.asked[url, answer.status] += 1
        writer.write(format_answer(answer))
        await writer.drain()
        if answer.ends_with == "stall":
            await stall()
        if answer.ends_with == "reset":
            writer.transport.abort()
        return answer.ends_with == "keep"

    def _context_of(self, host: str, fault: Fault) -> ssl.SSLContext:
        """The TLS context of a host, with a bad certificate where its fault asks for one."""
        key = f"{host} {fault.certificate}"
        if key not in self.contexts:
            authority = self.untrusted if fault.certificate == "untrusted" else self.trusted
            named = "other.example" if fault.certificate == "other host" else host
            self.contexts[key] = create_context(authority, named, self.folder, expired=fault.certificate == "expired")
        return self.contexts[key]


async def read_head(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]]:
    """Method, target and headers (names in lower case) of a request without a body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    return method, target, {name.strip().lower(): value.strip() for name, _, value in pairs}


def format_answer(answer: Answer) -> bytes:
    """The bytes of an answer."""
    length = len(answer.body) if answer.announced_bytes is None else answer.announced_bytes
    headers = [*answer.headers, ("Content-Length", str(length))]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    line = f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}\r\n"
    return f"{line}{head}\r\n".encode("latin-1") + answer.body


async def stall() -> None:
    """Wait until the server ends."""
    await asyncio.Event().wait()


@contextmanager
def serve(world: World) -> Iterator[Internet]:
    """The running server in a thread; it listens on loopback only, and ends with the block."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        internet = Internet(world, Path(folder))
        write_certificate(internet.trusted, internet.folder / "authority.pem")
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        starting = asyncio.start_server(internet.handle, LOOPBACK, 0)
        server = asyncio.run_coroutine_threadsafe(starting, loop).result()
        internet.port = server.sockets[0].getsockname()[1]
        try:
            yield internet
        finally:
            asyncio.run_coroutine_threadsafe(end_all(server), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def end_all(server: asyncio.Server) -> None:
    """Close the server and all connections at work."""
    server.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
