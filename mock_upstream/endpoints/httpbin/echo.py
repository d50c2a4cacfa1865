"""The parts of an echo of a request: arguments, headers, body, origin, URL."""

import base64
import json
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from mock_upstream.http.request import RawHeaders, Request

_NAMES: dict[bytes, str] = {}
_OWN = b"x-surgeline-"


def multi(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Return names to values; a name that came more than once has the list of its values."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def headers_of(headers: RawHeaders) -> dict[str, str]:
    """Return the headers by canonical name, repeated ones joined; surgeline's own are left out."""
    found: dict[str, str] = {}
    for raw, value in headers:
        name = _NAMES.get(raw) or _canonical(raw)
        if name:
            text = value.decode("latin-1")
            found[name] = f"{found[name]},{text}" if name in found else text
    found.pop("", None)
    return found


def body_of(request: Request) -> dict[str, Any]:
    """Return the `data`, `files`, `form` and `json` of the request's body."""
    content_type = request.header(b"content-type") or ""
    form: list[tuple[str, str]] = []
    files: list[tuple[str, str]] = []
    data = ""
    if content_type.startswith("application/x-www-form-urlencoded"):
        from urllib.parse import parse_qsl

        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    elif content_type.startswith("multipart/form-data"):
        form, files = _multipart(content_type, request.body)
    else:
        data = _safe(request.body, content_type)
    return {"data": data, "files": multi(files), "form": multi(form), "json": _json(request.body)}


def _canonical(raw: bytes) -> str:
    if raw.lower().startswith(_OWN):
        return ""
    name = "-".join(part.capitalize() for part in raw.decode("latin-1").split("-"))
    if len(_NAMES) < 4096:
        _NAMES[raw] = name
    return name


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _safe(body: bytes, content_type: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        kind = content_type or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode(body).decode()}"


def _multipart(content_type: str, body: bytes) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    form: list[tuple[str, str]] = []
    files: list[tuple[str, str]] = []
    parts = message.iter_parts() if message.is_multipart() else ()
    for part in parts:
        _sort_part(part, form, files)
    return form, files


def _sort_part(part: Message, form: list[tuple[str, str]], files: list[tuple[str, str]]) -> None:
    name = str(part.get_param("name", "", header="content-disposition"))
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if part.get_filename() is None:
        form.append((name, content.decode("utf-8", "replace")))
    else:
        files.append((name, _safe(content, part.get_content_type())))
