"""A contact centre and an agent runtime that only note when something arrives."""

import http.server
import json
import queue
import threading
import time
import uuid


class Listener:
    """Takes the calls of Genesys' Open Messaging at `/`, and events of the service at `/events`."""

    def __init__(self):
        self.arrivals: queue.Queue[tuple[float, str, dict]] = queue.Queue()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one packet, at once: else a delayed acknowledgement costs 40 ms.
            wbufsize, disable_nagle_algorithm = -1, True

            def do_POST(self):
                at = time.time()
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path.endswith("/oauth/token"):
                    return self.answer({"access_token": "bench", "token_type": "bearer", "expires_in": 86_400})
                listener.arrivals.put((at, self.path, json.loads(body)))
                return self.answer({"id": str(uuid.uuid4()), "conversationId": str(uuid.uuid4())})

            def do_GET(self):
                self.answer({"participants": []})

            def answer(self, body: dict):
                text = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def wait_for(self, holds, seconds: float = 30) -> tuple[float, dict]:
        """When the first call came of which `holds(path, body)`, and its body."""
        until = time.monotonic() + seconds
        while True:
            at, path, body = self.arrivals.get(timeout=max(0.01, until - time.monotonic()))
            if holds(path, body):
                return at, body
