"""Which Label Studio is meant, and the token for it."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemas.errors import StudioError, UsageError

if TYPE_CHECKING:
    from workspace.store import Workspace

URL, KEY = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"
"""The environment variables that the SDK reads too."""


@dataclass(frozen=True)
class Address:
    """A server and the token for it.

    Attributes:
        url: Its address, without a slash at the end.
        token: A personal access token or a legacy token; never shown.
        local: Whether it is the workspace's own server.
    """

    url: str
    token: str = field(repr=False)
    local: bool


def address(workspace: Workspace, *, allow_http: bool = False) -> Address:
    """The server that the environment names, else the workspace's own.

    Args:
        workspace: Whose server is meant where the environment names none.
        allow_http: Whether a token may go to another machine in clear text.

    Raises:
        UsageError: Only one of the two variables is set, or the address is not http or https, or it is http to
            another machine and that was not asked for.
        StudioError: Reason "down": the environment names none and the workspace's own does not run.
    """
    url, token = os.environ.get(URL, "").strip().rstrip("/"), os.environ.get(KEY, "").strip()
    if not url and not token:
        return _own(workspace)
    if not url or not token:
        missing, given = (URL, KEY) if token else (KEY, URL)
        raise UsageError(f"{given} is set and {missing} is not", f"set {missing} too, or unset {given}")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{URL} is no address: {url}", "give a whole one, for example https://labels.example.org")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(f"{URL} is more than an address", f"give host and path alone; the token goes into {KEY}")
    if parts.scheme == "http" and not is_loopback(url) and not allow_http:
        what = f"{url} has no TLS: the token and the answers would cross the network in clear text"
        raise UsageError(what, "use https, or --allow-http if the network is your own")
    return Address(url, token, local=False)


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own, so that nothing goes over a network.

    >>> is_loopback("http://127.0.0.1:8080"), is_loopback("http://labels.example.org")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own(workspace: Workspace) -> Address:
    from annotate.server import status

    state = status(workspace)
    if state.state == "running":
        return Address(state.url, state.token(), local=True)
    what = f"the Label Studio of {workspace.path} is {state.state}"
    if state.log_end:
        what += "; its log ends with:\n" + state.log_end
    fix = f"`annotate server start`, or name another server with {URL} and {KEY}"
    raise StudioError("down", what, fix)
