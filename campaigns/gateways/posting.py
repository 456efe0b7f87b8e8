"""Post as boto3 has shown once, without all that it goes through again for each call.

The first call of a client goes through boto3. What it is about to send is the pattern of those that
follow: the same address, headers, credentials, connections, timeouts and certificates; the body,
the moment, the signature and the invocation id are each call's own. One POST is one try either way.
"""

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

PROTOCOL = "query"
ALGORITHM = "AWS4-HMAC-SHA256"
INVOCATION = "amz-sdk-invocation-id"
# What differs from call to call; the signer and the connection add theirs anew
OWN = {"authorization", "content-length", "x-amz-date", "x-amz-security-token", INVOCATION}


@dataclass(frozen=True, slots=True)
class _Pattern:
    url: str
    headers: dict[str, str]
    region: str
    service: str


class _Post(AWSPreparedRequest):
    params: dict[str, str] = {}  # the signer asks; nothing of ours stands in the address


class Posting:
    """One operation of a boto3 client that speaks the query protocol; threads share it."""

    def __init__(self, client: Any, credentials: Any, operation: str, method: str) -> None:
        service = client.meta.service_model
        self._model = service.operation_model(operation)
        self._method = getattr(client, method)
        self._credentials = credentials
        self._pattern: _Pattern | None = None
        self._parser = create_parser(PROTOCOL)
        self._serializer = create_serializer(PROTOCOL, include_validation=False)
        # Its proxies, timeouts, pool and the certificates that it trusts
        self._connections = client._endpoint.http_session
        if service.resolved_protocol == PROTOCOL:
            named = f"before-send.{service.service_id.hyphenize()}.{operation}"
            client.meta.events.register(named, self._learn)

    def written(self, **parameters: Any) -> str:
        """Return parameters as they travel, to be given as `written` to many calls."""
        return urlencode(self._serializer.serialize_to_request(parameters, self._model)["body"])

    def __call__(self, own: dict[str, str], shared: dict[str, Any], written: str) -> dict[str, Any]:
        """Ask with plain parameters of this call's own and those that it shares with others.

        `written` are the shared ones. Return the answer, which holds "Error" where Amazon gave one.
        Raises what boto3 raises where no answer came.
        """
        if self._pattern is None:
            try:
                answer: dict[str, Any] = self._method(**own, **shared)
            except ClientError as fault:
                return {"Error": fault.response.get("Error", {})}
            return answer
        return self._post(self._pattern, f"{written}&{urlencode(own)}".encode())

    def _post(self, pattern: _Pattern, body: bytes) -> dict[str, Any]:
        headers: Any = {**pattern.headers, INVOCATION: str(uuid.uuid4())}
        post: Any = _Post("POST", pattern.url, headers, body, False, {})
        # Frozen for this call alone: they are renewed while we run
        known = self._credentials.get_frozen_credentials()
        SigV4Auth(known, pattern.service, pattern.region).add_auth(post)
        headers["Content-Length"] = str(len(body))
        answer = self._connections.send(post)
        parsed: dict[str, Any] = self._parser.parse(
            {
                "headers": answer.headers,
                "status_code": answer.status_code,
                "body": answer.content,
                "context": {"operation_name": self._model.name},
            },
            self._model.output_shape,
        )
        if answer.status_code >= 300:
            return {"Error": parsed.get("Error", {})}
        return parsed

    def _learn(self, request: AWSPreparedRequest, **_more: object) -> None:
        """Keep what boto3 is about to send, if it is signed as we can sign too."""
        headers: dict[str, str] = {name: _text(value) for name, value in request.headers.items()}
        algorithm, _, said = headers.get("Authorization", "").partition(" Credential=")
        scope = said.partition(",")[0].split("/")[-4:]
        if algorithm != ALGORITHM or len(scope) != 4 or request.method != "POST":
            return
        _, region, service, _ = scope
        kept = {name: value for name, value in headers.items() if name.lower() not in OWN}
        self._pattern = _Pattern(request.url, kept, region, service)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
