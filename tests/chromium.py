"""A real Chromium for tests, without a screen and without a driver."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_LEFT = {"button": "left", "clickCount": 1}


class Tab:
    """A tab of a real Chromium, steered over its debugging pipe: JSON messages, each ended by a zero byte."""

    def __init__(self, to: Any, back: Any) -> None:
        self._to, self._back = to, back
        self._number = 0
        self._session = ""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, page: Path | str, width: int, height: int = 900) -> None:
        """Opens a file or an address in a window of the given size and waits until all of it is there."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.requests.clear()
        self.ask("Page.navigate", url=page if isinstance(page, str) else page.as_uri())
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def open_and_look(self, page: Path, width: int) -> None:
        """Opens a page that must stand alone: nothing is loaded, nothing cut off, nothing complained of."""
        self.complaints.clear()
        self.open(page, width)
        assert self.value("innerWidth") == width
        assert [url for url in self.requests if not url.startswith("data:image/")] == [page.as_uri()]
        assert self.complaints == []
        assert self.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def until(self, expression: str, seconds: float = 60) -> Any:
        """Waits until a JavaScript expression is true, and gives its value."""
        end = time.monotonic() + seconds
        while not (value := self.value(expression)):
            assert time.monotonic() < end, f"never: {expression}"
            time.sleep(0.1)
        return value

    def press(self, key: str, *, shift: bool = False, control: bool = False) -> None:
        """Presses a digit, a letter or Enter on a keyboard of US layout."""
        code = "Enter" if key == "Enter" else f"Digit{key}" if key.isdigit() else f"Key{key.upper()}"
        number = 13 if key == "Enter" else ord(key.upper())
        shifted = dict(zip("1234567890", "!@#$%^&*()", strict=True)).get(key, key.upper()) if shift else key
        text = {"text": "\r" if key == "Enter" else shifted} if not control else {}
        named = {"key": shifted, "code": code, "windowsVirtualKeyCode": number, "modifiers": 8 * shift + 2 * control}
        self.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **text, **named)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **named)

    def click(self, x: float, y: float) -> None:
        """Clicks with the mouse; what it is over is told first, and given time: charts answer to what they know of."""
        for kind, button in (("mouseMoved", {}), ("mousePressed", _LEFT), ("mouseReleased", _LEFT)):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)
            time.sleep(0.5 if kind == "mouseMoved" else 0)

    def press_until(self, place: str, done: str, tries: int = 30) -> None:
        """Clicks where a JavaScript expression says, `[x, y]`, until another is true; pages move while they load."""
        for _ in range(tries):
            if at := self.value(place):
                self.click(*at)
            for _ in range(100):
                if self.value(done):
                    return
                time.sleep(0.1)
        pytest.fail(f"never: {done}")

    def picture(self, path: Path) -> None:
        """Saves a picture of the whole page."""
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def _next(self) -> dict[str, Any]:
        data = bytearray()
        while (byte := self._back.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            data += byte
        message: dict[str, Any] = json.loads(data)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.complaints.append(json.dumps(message["params"]))
        return message


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A tab of a real Chromium without a screen."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install -y chromium")
    # No sandbox: as root, in containers, there is none. The other flags keep it from calling home.
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    command = [program, *flags.split(), "--disable-component-update", "--disable-quic", "--remote-debugging-pipe"]
    profile = f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"
    hears, to = os.pipe()
    back, says = os.pipe()
    # Chromium listens on file 3 and answers on file 4; a shell can redirect no file above 9 to them.
    launch = (
        "import fcntl, os, sys; files = [fcntl.fcntl(int(file), fcntl.F_DUPFD, 10) for file in sys.argv[1:3]];"
        "os.dup2(files[0], 3); os.dup2(files[1], 4); os.execv(sys.argv[3], sys.argv[3:])"
    )
    redirected = [sys.executable, "-c", launch, str(hears), str(says), *command, profile]
    with (
        subprocess.Popen(
            redirected, pass_fds=(hears, says), stderr=subprocess.DEVNULL, start_new_session=True
        ) as process,
        os.fdopen(to, "wb") as writer,
        os.fdopen(back, "rb") as reader,
    ):
        os.close(hears)
        os.close(says)
        yield Tab(writer, reader)
        os.killpg(process.pid, signal.SIGKILL)


def contrast(one: list[int], other: list[int]) -> float:
    """Contrast ratio of two sRGB colours, 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: list[int]) -> float:
        linear = [
            level / 255 / 12.92 if level / 255 <= 0.04045 else ((level / 255 + 0.055) / 1.055) ** 2.4
            for level in colour
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
