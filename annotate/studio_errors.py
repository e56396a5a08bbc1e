"""What goes wrong between mien and Label Studio, in words that say what to do."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from schemas.errors import StudioError

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE_LETTERS = 300
"""How much of the server's own words an error repeats: its validation errors can be as long as the request."""


@contextlib.contextmanager
def speaking(url: str, about: str) -> Iterator[None]:
    """Turns whatever the SDK or httpx raises into a `StudioError`.

    Args:
        url: The server's address.
        about: What is spoken about, for example "project 3".

    Raises:
        StudioError: Label Studio is down, refuses, or does not have it.
    """
    import httpx
    from label_studio_sdk.core.api_error import ApiError
    from label_studio_sdk.core.parse_error import ParsingError

    try:
        yield
    except ApiError as error:
        raise refusal(url, about, error.status_code, error.body) from error
    except ParsingError as error:
        what = f"Label Studio at {url} answered about {about} in an unknown form"
        raise StudioError("broken", what, "check that the address is Label Studio's, and its version") from error
    except httpx.TimeoutException as error:
        what = f"Label Studio at {url} does not answer ({about})"
        raise StudioError("down", what, "try again later; look at the server's log or its load") from error
    except httpx.TransportError as error:
        raise _unreachable(url, error) from error


def refusal(url: str, about: str, status: int | None, body: Any) -> StudioError:
    """The error for an answer that is not what was asked for.

    Args:
        url: The server's address.
        about: What was spoken about.
        status: The HTTP status; None where the SDK found fault with the call before it was sent.
        body: The answer, parsed where it was JSON.
    """
    words = _words(body)
    here = f"Label Studio at {url}"
    if status == 401:
        return _stranger(here, words)
    if status == 403:
        what = f"{here} does not let the token's owner do this ({about}: {words})"
        return StudioError("permission", what, "use the token of an administrator or owner of the organisation")
    if status == 404:
        what = f"{here} has no {about}; it has been deleted, or is another organisation's"
        return StudioError("missing", what, "look at the server's page; push again to make it anew")
    if status is not None and 300 <= status < 400:
        what = f"{here} answers with a redirect"
        return StudioError("refused", what, "give the address it leads to in LABEL_STUDIO_URL; tokens are not sent on")
    if status is not None and 400 <= status < 500:
        return StudioError("refused", f"{here} refuses {about} ({status}: {words})", "correct what the message names")
    what = f"{here} failed at {about} ({status}: {words})"
    return StudioError("broken", what, "look at the server's log; check that the address is Label Studio's")


def _stranger(here: str, words: str) -> StudioError:
    if "expired" in words.lower():
        fix = "make a new one on its page Account & Settings and put it in LABEL_STUDIO_API_KEY"
        return StudioError("expired", f"the token for {here} has expired", fix)
    fix = "check LABEL_STUDIO_API_KEY; for the workspace's own server: `annotate server stop`, then `start`"
    return StudioError("token", f"{here} does not know the token ({words})", fix)


def _words(body: Any) -> str:
    if isinstance(body, dict) and isinstance(body.get("detail"), str):
        text = body["detail"]
        details = body.get("validation_errors")
        if details:
            text += ": " + json.dumps(details, ensure_ascii=False)
    else:
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= MESSAGE_LETTERS else text[:MESSAGE_LETTERS] + " …"


def _unreachable(url: str, error: Exception) -> StudioError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        what = f"the certificate of {url} is not trusted: {error}"
        return StudioError(
            "down", what, "name your authority's certificate in SSL_CERT_FILE; it is never left unchecked"
        )
    what = f"Label Studio at {url} cannot be reached: {error}"
    return StudioError("down", what, "start it (`annotate server start`), or correct LABEL_STUDIO_URL")
