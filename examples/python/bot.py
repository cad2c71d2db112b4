"""A bot that hands off to a human, relays both ways and takes the conversation back.

Its client is generated from docs/openapi.json (docs/runtime.md says how); events come by a signed webhook.
"""

import json
import os
import queue
import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

from agent_transfer_client import Client
from agent_transfer_client.api.events import delete_event_endpoint, put_event_endpoint
from agent_transfer_client.api.messages import send_message
from agent_transfer_client.api.transfers import acknowledge_hand_back, create_transfer, end_transfer
from agent_transfer_client.models import AcknowledgeHandBack, Channel, EndTransfer, EndedBy
from agent_transfer_client.models import NewMessage, NewTransfer, PutEventEndpoint
from standardwebhooks import Webhook

API, PROJECT = os.environ["TRANSFER_API"], os.environ.get("TRANSFER_PROJECT", "demo")
client = Client(base_url=API, raise_on_unexpected_status=True)
events: queue.Queue = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    """Answers at once; the work is done elsewhere. What is not signed is refused."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            events.put(webhook.verify(body, dict(self.headers)))
            self.send_response(204)
        except Exception:
            self.send_response(401)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
url = f"http://127.0.0.1:{server.server_port}/events"
# A secret is shown once: this bot keeps none, and begins anew.
delete_event_endpoint.sync_detailed(PROJECT, "python-bot", client=client)
endpoint = put_event_endpoint.sync(PROJECT, "python-bot", client=client, body=PutEventEndpoint(url=url))
webhook = Webhook(endpoint.secret)
threading.Thread(target=server.serve_forever, daemon=True).start()

conversation = f"python-{uuid.uuid4()}"
session = create_transfer.sync(PROJECT, client=client, idempotency_key=conversation, body=NewTransfer(
    conversation_session_id=conversation, contact_id="contact-1", channel=Channel.CHAT, agent="python-bot",
    summary="Wants a refund for order 42.", resume_token=json.dumps({"step": "refund"})))
print("handed off:", session.session_id)

seen, said = set(), 0
while event := events.get(timeout=60):
    if event["id"] in seen or event["detail"].get("sessionId") != session.session_id:
        continue
    seen.add(event["id"])
    kind, detail = event["detail-type"], event["detail"]
    if kind == "message.received":
        print("representative:", detail["message"]["text"])
        said += 1
        if said == 1:
            send_message.sync(PROJECT, session.session_id, client=client,
                              body=NewMessage(message_id="m-1", text="Where is my refund?"))
        else:
            end_transfer.sync(PROJECT, session.session_id, client=client, body=EndTransfer(ended_by=EndedBy.CONTACT))
    elif kind in ("transfer.ended", "transfer.expired"):
        back = detail["handback"]
        acknowledge_hand_back.sync(PROJECT, session.session_id, client=client,
                                   body=AcknowledgeHandBack(version=back["version"]))
        print("taken back:", back["outcome"], "at", json.loads(back["resumeToken"])["step"])
        break
