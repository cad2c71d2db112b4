"""What the harness itself asks of DynamoDB: over plain HTTP, unsigned, which the local engines take."""

import http.client
import json
from urllib.parse import urlsplit


class DynamoDb:
    def __init__(self, endpoint: str):
        self.endpoint = endpoint
        self._connection = http.client.HTTPConnection(urlsplit(endpoint).netloc)

    def call(self, operation: str, **asked) -> dict:
        headers = {
            "content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}",
            "authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            "x-amz-date": "20260101T000000Z",
        }
        try:
            self._connection.request("POST", "/", json.dumps(asked), headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # It had been idle for too long. All that is asked for here may be asked for twice.
            self._connection.close()
            self._connection.request("POST", "/", json.dumps(asked), headers)
            response = self._connection.getresponse()
        answer = json.loads(response.read() or b"{}")
        if response.status != 200:
            raise RuntimeError(f"{operation}: {response.status} {answer}")
        return answer

    def scan(self, table: str) -> list[dict]:
        rows, start = [], {}
        while True:
            page = self.call("Scan", TableName=table, **start)
            rows += page["Items"]
            if "LastEvaluatedKey" not in page:
                return rows
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def put_all(self, table: str, rows: list[dict]):
        for start in range(0, len(rows), 25):
            puts = [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]
            while puts:
                puts = self.call("BatchWriteItem", RequestItems={table: puts}).get("UnprocessedItems", {}).get(table, [])

    def clone(self, table: str, name: str):
        """An empty table like another one."""
        likeness = self.call("DescribeTable", TableName=table)["Table"]
        indexes = [{key: index[key] for key in ("IndexName", "KeySchema", "Projection")} for index in likeness["GlobalSecondaryIndexes"]]
        self.call(
            "CreateTable", TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=likeness["KeySchema"],
            AttributeDefinitions=likeness["AttributeDefinitions"], GlobalSecondaryIndexes=indexes,
            StreamSpecification=likeness["StreamSpecification"],
        )
        self.call("UpdateTimeToLive", TableName=name, TimeToLiveSpecification={"AttributeName": "expiresAt", "Enabled": True})


def size_of(row: dict) -> int:
    """Bytes of an item, as DynamoDB bills it: names and values, nearly."""
    def value(typed: dict) -> int:
        (kind, it), = typed.items()
        match kind:
            case "S":
                return len(it.encode())
            case "N":
                return (len(it.strip("-").replace(".", "")) + 1) // 2 + 1
            case "B":
                return len(it) * 3 // 4
            case "M":
                return 3 + sum(1 + len(name) + value(inner) for name, inner in it.items())
            case "L":
                return 3 + sum(1 + value(inner) for inner in it)
            case "SS":
                return sum(map(len, it))
            case _:
                return 1

    return sum(len(name) + value(typed) for name, typed in row.items())


def exchange(method: str, url: str, body: dict | None = None, headers: dict | None = None) -> tuple[int, dict]:
    """One request of the service's own API."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = ({"content-type": "application/json"} if body is not None else {}) | (headers or {})
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    return response.status, json.loads(text or b"{}")
