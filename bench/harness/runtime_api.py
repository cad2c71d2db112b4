"""A function's process as Lambda runs it: started, given events one after the other, and measured from outside.

`Function` is the Lambda Runtime API for one process. What it measures does not depend on the language: the process's CPU
clock, which the kernel keeps in nanoseconds for all its threads, the wall clock, and the highest resident memory.
"""

import json
import os
import queue
import re
import socket
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass

PATIENCE = 60


@dataclass
class Invocation:
    """What came of an event: the answer, and milliseconds until it came and of CPU until the next event was asked for."""

    answer: dict
    wall: float
    cpu: float


class Function:
    def __init__(self, command: list[str], environment: dict[str, str], log: str, counted: bool = False):
        """`counted` counts instructions with valgrind's cachegrind, which makes every time meaningless."""
        self._asked, self._given, self._answered = queue.Queue(), queue.Queue(), queue.Queue()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        port = self._listener.getsockname()[1]
        self._patience = PATIENCE * 20 if counted else PATIENCE
        self._log = open(log, "wb")  # noqa: SIM115
        self._log_name = log
        if counted:
            command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                       "--smc-check=all-non-file", *command]
        environment = environment | {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_GROUP_NAME": "none", "AWS_LAMBDA_LOG_STREAM_NAME": "none",
            "AWS_EXECUTION_ENV": "AWS_Lambda_bench", "LC_ALL": "C.UTF-8", "TZ": "UTC",
        }
        began = time.perf_counter()
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        self._wait_until_it_asks()
        self.start_wall, self.start_cpu = (self._asked_at - began) * 1000, self._cpu()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def invoke(self, event: dict) -> Invocation:
        cpu, began = self._cpu(), time.perf_counter()
        self._given.put(json.dumps(event).encode())
        answer, at = self._take(self._answered)
        self._wait_until_it_asks()
        return Invocation(answer, (at - began) * 1000, self._cpu() - cpu)

    def memory(self) -> tuple[float, float]:
        """MiB: the highest so far, and now."""
        status = open(f"/proc/{self._process.pid}/status").read()
        return tuple(int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024 for name in ("VmHWM", "VmRSS"))

    def close(self) -> int | None:
        """Ends it; gives the instructions of its whole life if they were counted."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._listener.close()
        self._log.close()
        counted = re.findall(r"I +refs: +([\d,]+)", open(self._log_name, errors="replace").read())
        return int(counted[-1].replace(",", "")) if counted else None

    def _cpu(self) -> float:
        # The clock of another process, as clock_getcpuclockid(3) makes it.
        return time.clock_gettime((~self._process.pid << 3) | 2) * 1000

    def _take(self, source: queue.Queue):
        until = time.monotonic() + self._patience
        while True:
            try:
                return source.get(timeout=0.5)
            except queue.Empty:
                if self._process.poll() is not None or time.monotonic() > until:
                    said = open(self._log_name, errors="replace").read()[-2000:]
                    raise RuntimeError(f"{self._process.args}: ended or said nothing:\n{said}") from None

    def _wait_until_it_asks(self):
        self._asked_at = self._take(self._asked)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket):
        reader = connection.makefile("rb")
        while request := reader.readline():
            at = time.perf_counter()
            length = 0
            chunked = False
            while (line := reader.readline().strip()):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                chunked |= name.lower() == b"transfer-encoding"
            body = read_chunks(reader) if chunked else reader.read(length)
            if request.startswith(b"GET") and b"/invocation/next" in request:
                self._asked.put(at)
                event = self._given.get()
                head = (f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(event)}\r\n"
                        f"Lambda-Runtime-Aws-Request-Id: {uuid.uuid4()}\r\n"
                        f"Lambda-Runtime-Deadline-Ms: {int(time.time() * 1000) + 900_000}\r\n"
                        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:local:000000000000:function:bench\r\n"
                        "Lambda-Runtime-Trace-Id: Root=1-00000000-000000000000000000000001;Sampled=0\r\n\r\n")
                answer = head.encode() + event
            else:
                if b"/response" in request or b"/error" in request:
                    self._answered.put((json.loads(body or b"null"), time.perf_counter()))
                answer = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}"
            try:
                connection.sendall(answer)
            except OSError:
                return


def read_chunks(reader) -> bytes:
    body = b""
    while size := int(reader.readline().split(b";")[0], 16):
        body += reader.read(size)
        reader.readline()
    reader.readline()
    return body


def base_environment() -> dict[str, str]:
    """What every function is given, whatever it is written in; nothing of this machine's own."""
    return {"PATH": os.environ["PATH"], "HOME": "/tmp"}
