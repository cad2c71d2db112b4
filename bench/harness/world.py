"""The local stack, and beside its table one for each implementation, which nobody else reads or writes."""

import os
import pathlib
import re
import subprocess
import time

from aws import DynamoDb, exchange
from centre import Listener
from runtime_api import Function, base_environment

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "target/bench"
CERTIFICATES = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"]
PROJECT = "bench"
IMPLEMENTATIONS = ["rust", "node", "python"]
TOMORROW = 86_400
BINARIES = {
    "create": "create-transfer", "message": "send-message", "webhook": "provider-webhook", "detail": "get-transfer", "list": "list-transfers",
}


class Stack:
    """The local stack's process, and a project on it whose contact centre and agent runtime are the listener."""

    def __init__(self, program: pathlib.Path, *options: str, **environment: str):
        log = TOOLS / "stack.log"
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                [program, "--port", "0", *options], cwd=ROOT, stdout=said, stderr=said,
                env=os.environ | {"NO_COLOR": "1", "RUST_LOG": "error"} | environment,
            )
        said = self._started(log)
        self.api = re.search(r"API +(http://\S+)", said)[1]
        self.aws = re.search(r"AWS_ENDPOINT_URL=(\S+)", said)[1]
        self.dynamodb = re.search(r"AWS_ENDPOINT_URL_DYNAMODB=(\S+)", said)[1]
        self.table = re.search(r"DynamoDB +\S+ +table ([^,\s]+)", said)[1]
        self.desk = re.search(r"genesys +http://\S+ +state (http://\S+)/state", said)[1]

    def close(self):
        self._process.terminate()
        self._process.wait()

    def cpu(self) -> float:
        """Seconds of a processor that its process has used."""
        fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        """Bytes of memory that its process has."""
        pages = pathlib.Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def connect(self, listener: Listener, **settings_too):
        settings = {"env": "mypurecloud.com", "integrationId": "6a1f2d3c-0000-4000-8000-000000000001", "apiUrl": listener.url, "loginUrl": listener.url,
                    "partnerSource": "aws.partner/genesys.com/cloud/7b2f1f6e-0000-4000-8000-0000000000bc/bench"} | settings_too
        body = {"settings": settings, "credentials": {"clientId": "bench", "clientSecret": "bench"}}
        status, made = exchange("PUT", f"{self.api}/v1/projects/{PROJECT}/integrations/genesys", body)
        assert status in (200, 201), made
        self.webhook_path = made["webhookUrl"].split("://", 1)[1].split("/", 1)[1]
        self.integration, self.signing_secret = made["integrationId"], made["signingSecret"]
        status, routing = exchange("GET", f"{self.api}/v1/projects/{PROJECT}/settings/agent-transfer")
        routing["defaultRouting"]["provider"] = "genesys"
        status, said = exchange("PUT", f"{self.api}/v1/projects/{PROJECT}/settings/agent-transfer", routing)
        assert status == 200, said

    def _started(self, log: pathlib.Path) -> str:
        for _ in range(600):
            said = log.read_text()
            if "There is no project yet" in said or "A first transfer" in said:
                return said
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"the stack does not start:\n{log.read_text()}")


class World:
    def __init__(self, stack: pathlib.Path, binaries: pathlib.Path):
        self._binaries = binaries
        self.listener = Listener()
        self.stack = Stack(stack, "--no-demo")
        self.stack.connect(self.listener)
        self.dynamodb = DynamoDb(self.stack.dynamodb)
        for implementation in IMPLEMENTATIONS:
            self.new_table(self.table(implementation))

    def close(self):
        self.stack.close()

    def table(self, implementation: str) -> str:
        return f"bench-{implementation}"

    def new_table(self, name: str):
        """A table as the template has it, with the project's settings and its integration."""
        self.dynamodb.clone(self.stack.table, name)
        mine = [row for row in self.dynamodb.scan(self.stack.table) if row["pk"]["S"].startswith((f"{PROJECT}#", "#integration#"))]
        self.dynamodb.put_all(name, mine)

    def function(self, implementation: str, operation: str, counted: bool = False, table: str | None = None, dynamodb: str | None = None) -> Function:
        """A fresh process of a function."""
        operation = operation.removesuffix("_all")
        command, more = self._command(implementation, operation)
        environment = base_environment() | more | {
            "TABLE_NAME": table or self.table(implementation), "SECRETS_PREFIX": "agent-transfer", "PROJECT_CLAIM": "projects",
            "PROVIDER_HOSTS": "simulated", "STAGE": "bench", "RUST_LOG": "info", "POWERTOOLS_LOG_LEVEL": "INFO",
            "INTEGRATION_RATE_LIMIT": "1000000", "INTEGRATION_BURST_LIMIT": "1000000",
            "AWS_REGION": "local", "AWS_DEFAULT_REGION": "local", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_ENDPOINT_URL": self.stack.aws, "AWS_ENDPOINT_URL_DYNAMODB": dynamodb or self.dynamodb.endpoint,
            "SSL_CERT_FILE": next(path for path in CERTIFICATES if os.path.exists(path)),
            "GLIBC_TUNABLES": "glibc.malloc.tcache_count=200", "AWS_LAMBDA_FUNCTION_NAME": BINARIES[operation],
        }
        return Function(command, environment, str(TOOLS / f"{implementation}-{operation}.log"), counted)

    def package(self, implementation: str, operation: str) -> pathlib.Path:
        """What is deployed of a function."""
        if implementation == "rust":
            return self._binaries / BINARIES[operation] / "bootstrap"
        return TOOLS / ("node/dist" if implementation == "node" else "python/package") / (operation if implementation == "node" else "")

    def postpone(self, table: str):
        """Moves every moment of every session to tomorrow, so that a long run meets the sessions that a short one does."""
        tomorrow = {":at": {"N": str(int(time.time()) + TOMORROW)}}
        for row in self.dynamodb.scan(table):
            if row["sk"]["S"] == "record":
                update = "SET expiresAt = :at" + (", dueAt = :at" if "dueAt" in row else "")
                self.dynamodb.call("UpdateItem", TableName=table, Key={"pk": row["pk"], "sk": row["sk"]}, UpdateExpression=update,
                                   ExpressionAttributeValues=tomorrow)

    def _command(self, implementation: str, operation: str) -> tuple[list[str], dict[str, str]]:
        match implementation:
            case "rust":
                return [str(self.package("rust", operation))], {}
            case "node":
                # As much of 256 MB as Lambda's own runtime gives to the heap.
                heap = ["--max-old-space-size=230"]
                return ["node", *heap, str(TOOLS / "node/runtime.mjs"), str(TOOLS / f"node/dist/{operation}/index.mjs")], {}
            case _:
                python = str(TOOLS / "python/venv/bin/python")
                return [python, "-m", "awslambdaric", f"peer.{operation}.handler"], {"PYTHONPATH": str(TOOLS / "python/package")}
