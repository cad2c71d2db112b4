"""A bot that hands off to a human, relays both ways and takes the conversation back.

Its client is generated from docs/openapi.json (docs/runtime.md says how); events come by a signed webhook, whose secret it
keeps: WEBHOOK_SECRET="whsec_$(openssl rand -base64 32)".
"""

import json
import os
import sys
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

from agent_transfer_client import Client
from agent_transfer_client.api.events import put_event_endpoint
from agent_transfer_client.api.messages import list_messages, send_message
from agent_transfer_client.api.transfers import acknowledge_hand_back, create_transfer, end_transfer
from agent_transfer_client.models import AcknowledgeHandBack, Author, Channel, EndTransfer, EndedBy
from agent_transfer_client.models import GatewayAnswer, NewMessage, NewTransfer, Problem, PutEventEndpoint
from standardwebhooks import Webhook, WebhookVerificationError

API, PROJECT, BOT = os.environ["TRANSFER_API"], os.environ.get("TRANSFER_PROJECT", "demo"), "python-bot"
client = Client(base_url=API, raise_on_unexpected_status=True)
webhook = Webhook(os.environ["WEBHOOK_SECRET"])
conversation = os.environ.get("CONVERSATION", f"python-{uuid.uuid4()}")
taken_back = False


class Over(Exception):
    """The session went on without us: there is nothing left to do."""


def taken(answer):
    """The answer, unless it is a failure: then its event comes again, if it can be done at all."""
    if isinstance(answer, (Problem, GatewayAnswer)):
        raise (Over if getattr(answer, "status", 0) in (404, 409, 410) else RuntimeError)(answer)
    return answer


def take(event):
    """May be done again, also by another process: nothing is in memory, and each request may be repeated."""
    global taken_back
    kind, detail = event["detail-type"], event["detail"]
    if detail.get("agent") != BOT:
        return
    session = detail["sessionId"]
    if kind == "message.received":
        print("representative:", detail["message"]["text"])
        page = taken(list_messages.sync(PROJECT, session, client=client))
        said = [one.message_id for one in page.items if one.author == Author.REPRESENTATIVE]
        if said.index(detail["message"]["messageId"]) == 0:
            taken(send_message.sync(PROJECT, session, client=client,
                                    body=NewMessage(message_id="m-1", text="Where is my refund?")))
        else:
            taken(end_transfer.sync(PROJECT, session, client=client, body=EndTransfer(ended_by=EndedBy.CONTACT)))
    elif "handback" in detail and kind != "transfer.failed":
        back = detail["handback"]
        print("taken back:", back["outcome"], "at", json.loads(back["resumeToken"])["step"])
        taken(acknowledge_hand_back.sync(PROJECT, session, client=client,
                                         body=AcknowledgeHandBack(version=back["version"])))
        taken_back = detail["conversationSessionId"] == conversation


class Receiver(BaseHTTPRequestHandler):
    """Answers when the work is done: what is not answered 2xx comes again. What is not signed is refused."""

    def do_POST(self):
        status, body = 204, self.rfile.read(int(self.headers["content-length"]))
        try:
            take(webhook.verify(body, dict(self.headers)))
        except WebhookVerificationError:
            status = 401
        except Over as why:
            print("over:", why)
        except Exception:
            traceback.print_exc()
            status = 500
        self.send_response(status)
        self.end_headers()

    log_message = lambda *_: None


server = HTTPServer(("127.0.0.1", 0), Receiver)
server.timeout, server.handle_timeout = 60, lambda: sys.exit("nothing came for a minute")
endpoint = PutEventEndpoint(url=f"http://127.0.0.1:{server.server_port}/events", secret=os.environ["WEBHOOK_SECRET"])
taken(put_event_endpoint.sync(PROJECT, BOT, client=client, body=endpoint))
session = taken(create_transfer.sync(PROJECT, client=client, idempotency_key=conversation, body=NewTransfer(
    conversation_session_id=conversation, contact_id="contact-1", channel=Channel.CHAT, agent=BOT,
    summary="Wants a refund for order 42.", resume_token=json.dumps({"step": "refund"}))))
print("handed off:", session.session_id)
while not taken_back:
    server.handle_request()
