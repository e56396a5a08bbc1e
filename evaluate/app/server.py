"""FiftyOne's server, with a page that may ask nobody but this server for anything: `python server.py PORT ADDRESS`.

The page would load fonts from Google, and whatever a later version thinks of. With this policy the browser itself
refuses.
"""

from __future__ import annotations

import sys
from typing import Any

POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'"
)
"""Content-Security-Policy. The App's own page needs inline styles, and evaluates WebAssembly and expressions."""


def guarded(app: Any) -> Any:
    """An ASGI application whose answers carry the policy.

    Args:
        app: The one that answers.
    """

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (b"content-security-policy", POLICY.encode())]
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, sent)

    return answer


def main() -> None:
    """Entry point of the process."""
    from fiftyone.server import main as server

    server.app = guarded(server.app)
    server.start_server(int(sys.argv[1]), sys.argv[2])


if __name__ == "__main__":
    main()
