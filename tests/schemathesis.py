"""What of the description's promises no description can make: which cursor was given out, which version is the last.

The tool's own check knows statuses alone. This one knows each refusal by its problem and by the field that it names, so
that a refusal for another reason is found.
"""

import re

import schemathesis

# Answers of the gateway or of what is not there, which depend on the caller and on what was done before.
BY_CIRCUMSTANCE = {401, 403, 404, 409, 410, 429}

# Operation, type of the problem, the fields that it may name, and why a request that the description allows gets it.
REFUSALS = [
    ("(list(Transfers|Tasks|Messages|Timeline|Events|EventDeliveries)|exportTransfers)", "invalid-cursor", None, "only a cursor that was given out is one"),
    ("(list|count)Transfers", "malformed-request", r"\?q", "it looks all names up, so it stands alone"),
    ("listTimeline", "malformed-request", r"\?at", "one entry is asked for, or those after one"),
    ("exportTransfers", "malformed-request", r"\?to", "a period ends after it begins"),
    ("replayEvents", "invalid-fields", "(/(from|until|after))?", "a session, or a period with both ends in their order"),
    ("(put|delete)(Settings|Integration|EventEndpoint)", "version-conflict", None, "only the version that is there can be replaced"),
    ("createTransfer", "integration-not-configured", None, "the set of providers is open, the project has some of them"),
    ("createTransfer", "idempotency-key-reused", None, "the key came before, with another body"),
    ("createTransfer", "invalid-fields", "/provider", "it may be left out only if the project has a default"),
    ("createTransfer", "invalid-fields", "/voice(/.*)?", "it is a part of the channel voice alone, which names its call"),
    ("createTransfer", "invalid-fields", "/fallback(/.*)?", "a step says for which outcomes, and either where or that the agent goes on"),
    ("createTransfer", "invalid-fields", "/(predecessorSessionId|carryConversation)", "only an ended transfer is followed, once, by its own contact"),
    ("putSettings", "invalid-fields", "(?s)/redaction/.*", "what replaces a text is none that would be replaced; patterns are in linear time"),
    ("putEventEndpoint", "invalid-fields", "/(url|secret|rotateSecret|retireOldSecret)", "addresses and secrets are read by the service's own rules"),
    ("putEventEndpoint", "invalid-fields", "", "a project has at most five"),
    ("putSettings", "invalid-fields", "/listShards", "what a project has of them is not lowered"),
    ("putIntegration", "invalid-fields", "(?s)/(settings|credentials)/.*", "each provider has fields of its own"),
    ("sendMessage", "invalid-fields", "(?s)/content(/.*)?", "parts have one description for both directions; what the contact says must have addresses and say something"),
    ("sendMessage", "invalid-fields", "/reply/messageId", "only messages of the contact centre can be answered"),
    ("tellReceipts", "invalid-fields", "/messageIds/[0-9]+", "only messages of the contact centre have receipts"),
    ("tell(Typing|Receipts)", "not-supported", None, "a contact centre takes it or not"),
]


# The form that the description gives an If-Match. The tool makes values without the quotes and takes them for valid.
ETAG = re.compile(r'"[0-9]{1,18}"')


def breaks_its_own_pattern(case):
    tag = (case.headers or {}).get("If-Match")
    return tag is not None and not ETAG.fullmatch(tag)


def is_expected(operation, problem):
    slug = str(problem.get("type", "")).rpartition(":")[2]
    named = [error["pointer"] for error in problem.get("errors", [])]
    rules = [fields for operations, expected, fields, _why in REFUSALS if re.fullmatch(operations, operation) and slug == expected]
    if None in rules:
        return True
    # A request may break several rules at once.
    return bool(named) and all(any(re.fullmatch(fields, pointer) for fields in rules) for pointer in named)


@schemathesis.check
def what_the_description_allows_is_accepted(ctx, response, case):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code < 400:
        return
    if response.status_code in BY_CIRCUMSTANCE or response.status_code >= 500:
        return
    if response.status_code == 400 and breaks_its_own_pattern(case):
        return
    operation = case.operation.definition.raw.get("operationId", "")
    problem = response.json() if "json" in response.headers.get("content-type", [""])[0] else {}
    if not is_expected(operation, problem):
        raise AssertionError(f"{operation}: what the description allows was refused with {response.status_code}")
