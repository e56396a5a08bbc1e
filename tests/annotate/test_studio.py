"""The connection to Label Studio: what it does on a real server, and what it says when something is wrong."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import ipaddress
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from annotate.address import address, is_loopback
from annotate.studio import Studio, connect
from annotate.studio_errors import refusal
from annotate.studio_files import pictures
from schemas.errors import StudioError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.annotate.conftest import StudioServer
    from workspace.store import Workspace

CONFIG = """<View><Image name="image" value="$image"/><Choices name="label" toName="image">
<Choice value="happiness"/><Choice value="sadness"/></Choices></View>"""

LEGACY = "0123456789abcdef0123456789abcdef01234567"


def answer(label: str) -> list[dict[str, object]]:
    """Label Studio's form of one ticked choice."""
    return [{"from_name": "label", "to_name": "image", "type": "choices", "value": {"choices": [label]}}]


def personal_token(expires: dt.datetime) -> str:
    """A token in the form of a personal access token, signed by nobody."""
    parts = {"alg": "HS256", "typ": "JWT"}, {"token_type": "refresh", "exp": int(expires.timestamp()), "user_id": 1}
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*coded, base64.urlsafe_b64encode(b"x" * 32).decode().rstrip("=")])


@contextlib.contextmanager
def page(status: int, body: str, *, context: ssl.SSLContext | None = None, location: str = "") -> Iterator[str]:
    """A server that answers everything with the same page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is what is tested
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def untrusted(tmp_path: Path) -> ssl.SSLContext:
    """TLS with a certificate that nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:8080", True),
        ("http://localhost:8080", True),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://192.168.0.2:8080", False),
        ("http://0.0.0.0:8080", False),
    ],
)
def test_which_addresses_are_this_machine_s(url: str, *, own: bool) -> None:
    """Only a loopback address keeps a token off the network."""
    assert is_loopback(url) is own


@pytest.mark.parametrize(
    ("url", "token", "words"),
    [
        ("http://labels.example.org", LEGACY, "no TLS"),
        ("https://labels.example.org", "", "LABEL_STUDIO_API_KEY is not"),
        ("", LEGACY, "LABEL_STUDIO_URL is not"),
        ("labels.example.org", LEGACY, "no address"),
        ("ftp://labels.example.org", LEGACY, "no address"),
        ("https://me:secret@labels.example.org", LEGACY, "more than an address"),
    ],
)
def test_addresses_that_are_refused_before_anything_is_sent(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, url: str, token: str, words: str
) -> None:
    """Clear text to another machine, half a setting, no address."""
    monkeypatch.setenv("LABEL_STUDIO_URL", url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    with pytest.raises(UsageError, match=words) as error:
        address(workspace)
    assert LEGACY not in str(error.value) + error.value.fix


def test_clear_text_to_another_machine_when_asked_for(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab's own network; the token still shows in no printed form."""
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://labels.example.org/")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", LEGACY)
    found = address(workspace, allow_http=True)
    assert (found.url, found.token, found.local) == ("http://labels.example.org", LEGACY, False)
    assert LEGACY not in repr(found)


def test_a_workspace_whose_server_does_not_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says how to start it."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    with pytest.raises(StudioError, match="stopped") as error, connect(workspace):
        pass
    assert error.value.reason == "down"
    assert "annotate server start" in error.value.fix


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, '{"release": "1.4.1"}', "version"),
        (200, '{"release": "2.0.0"}', "version"),
        (200, '{"release": "3.x"}', "broken"),
        (200, "{}", "broken"),
        (200, "<html>Welcome to nginx!</html>", "broken"),
        (500, "out of order", "broken"),
        (502, "<html>Bad Gateway</html>", "broken"),
        (403, '{"detail": "no"}', "permission"),
    ],
)
def test_servers_that_mien_does_not_know(status: int, body: str, reason: str) -> None:
    """Too old, too new, no Label Studio at all, out of order."""
    with page(status, body) as url, pytest.raises(StudioError) as error:
        Studio(url, LEGACY)
    assert error.value.reason == reason
    assert LEGACY not in str(error.value)


def test_the_token_does_not_follow_a_redirect() -> None:
    """Whoever the redirect names would have it."""
    with page(200, '{"release": "1.23.2"}') as other, page(302, "", location=f"{other}/api/version") as url:
        with pytest.raises(StudioError, match="redirect") as error:
            Studio(url, LEGACY)
        assert error.value.reason == "refused"


def test_a_certificate_that_nobody_vouches_for(untrusted: ssl.SSLContext) -> None:
    """TLS is verified, always."""
    with page(200, '{"release": "1.23.2"}', context=untrusted) as url, pytest.raises(StudioError, match="not trusted"):
        Studio(url, LEGACY)


def test_an_expired_personal_token_is_not_even_sent() -> None:
    """Its form tells that it is a personal access token, and when it ended."""
    token = personal_token(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    with pytest.raises(StudioError, match="expired") as error:
        Studio("http://127.0.0.1:9", token)
    assert error.value.reason == "expired"
    assert token not in str(error.value)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(None, "broken"), (301, "refused"), (400, "refused"), (404, "missing"), (409, "refused"), (503, "broken")],
)
def test_every_answer_has_its_reason(status: int | None, reason: str) -> None:
    """What a command does next depends on it."""
    error = refusal("http://127.0.0.1:1", "project 3", status, {"detail": "x" * 1000})
    assert error.reason == reason
    assert len(error.what) < 500


@pytest.mark.labelstudio
def test_a_project_from_its_beginning_to_its_end(studio: Studio) -> None:
    """Made, found, filled, answered, changed, exported, deleted; each as the server then has it."""
    project = studio.create_project("Begins", label_config=CONFIG, description="d")
    assert studio.project(project.id) == project
    assert project in studio.projects()
    assert (project.title, project.label_config, project.tasks, project.annotations) == ("Begins", CONFIG, 0, 0)

    data = [{"image": "data:image/png;base64,", "uid": f"u{number}"} for number in range(600)]
    ids = studio.import_tasks(project.id, [{"data": item} for item in data])
    assert studio.tasks(project.id) == [{"id": number, "data": item} for number, item in zip(ids, data, strict=True)]

    first = studio.annotate(ids[0], answer("happiness"), lead_time=2.5)
    studio.annotate(ids[1], [], skipped=True)
    studio.change_annotation(first, answer("sadness"))
    exported = {task["id"]: task for task in studio.export(project.id)}
    assert sorted(exported) == ids
    changed, skipped = (exported[number]["annotations"][0] for number in ids[:2])
    assert (changed["id"], changed["result"][0]["value"]["choices"]) == (first, ["sadness"])
    assert (changed["lead_time"], changed["completed_by"], changed["was_cancelled"]) == (2.5, studio.user.id, False)
    assert changed["ground_truth"] is False
    assert (skipped["was_cancelled"], skipped["result"]) == (True, [])
    assert (studio.project(project.id).tasks, studio.project(project.id).annotations) == (600, 1)

    studio.update_project(project.id, description="e")
    studio.delete_tasks(ids[:2])
    assert studio.project(project.id).description == "e"
    assert [task["id"] for task in studio.tasks(project.id)] == ids[2:]
    studio.delete_project(project.id)
    for ask in (studio.project, studio.export, studio.tasks, studio.delete_project):
        with pytest.raises(StudioError) as error:
            ask(project.id)
        assert error.value.reason == "missing"
    with pytest.raises(StudioError) as error:
        studio.annotate(ids[2], answer("sadness"))
    assert error.value.reason == "missing"


@pytest.mark.labelstudio
def test_what_the_server_refuses_leaves_nothing_behind(studio: Studio) -> None:
    """Its own words are in the message."""
    project = studio.create_project("Refused", label_config=CONFIG)
    tasks = [{"data": {"image": "a"}}, {"data": {"picture": "b"}}]
    with pytest.raises(StudioError, match='"image') as error:
        studio.import_tasks(project.id, tasks)
    assert error.value.reason == "refused"
    assert studio.tasks(project.id) == []
    with pytest.raises(StudioError, match="no element found"):
        studio.create_project("Broken", label_config="<View>")
    assert "Broken" not in {found.title for found in studio.projects()}


@pytest.mark.labelstudio
def test_pictures_are_shown_from_their_folder_alone_and_to_members_alone(
    studio: Studio, studio_server: StudioServer
) -> None:
    """The storage record is made once; what lies beside the folder stays hidden."""
    root = pictures(studio_server.workspace)
    for name in ("shown", "hidden"):
        (root / name).mkdir()
        (root / name / "a.png").write_bytes(b"\x89PNG")
    project = studio.create_project("Pictures", label_config=CONFIG)
    studio.serve_pictures(project.id, root / "shown")
    studio.serve_pictures(project.id, root / "shown")
    assert len(list(studio.client.import_storage.local.list(project=project.id))) == 1

    def fetch(path: str, headers: dict[str, str]) -> int:
        return httpx.get(f"{studio.url}/data/local-files/?d={path}", headers=headers).status_code

    member = {"Authorization": f"Token {studio_server.token}"}
    assert fetch("shown/a.png", member) == 200
    assert fetch("shown/a.png", {}) == 401
    assert fetch("hidden/a.png", member) == 404
    assert fetch("shown/../../admin.json", member) >= 400
    with pytest.raises(StudioError) as error:
        studio.serve_pictures(project.id, root)
    assert error.value.reason == "refused"


@pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")  # the SDK's own exchange of tokens
@pytest.mark.labelstudio
def test_both_kinds_of_token(studio: Studio, studio_server: StudioServer) -> None:
    """A personal access token is exchanged, a legacy one sent as it is; forged and unknown ones are told."""
    personal = studio.client.tokens.create().token
    assert personal is not None
    assert personal.count(".") == 2
    with contextlib.closing(Studio(studio_server.url, personal)) as connection:
        assert connection.user == studio.user
    for wrong in (LEGACY, personal_token(dt.datetime(2099, 1, 1, tzinfo=dt.UTC)), personal[:-4] + "AAAA"):
        with pytest.raises(StudioError) as error:
            Studio(studio_server.url, wrong)
        assert error.value.reason in {"token", "expired"}
        assert wrong not in str(error.value)


@pytest.mark.labelstudio
def test_the_environment_goes_before_the_workspace_s_own_server(
    studio_environment: StudioServer, workspace: Workspace
) -> None:
    """Any workspace may speak to any server."""
    with connect(workspace) as studio:
        assert (studio.url, studio.local) == (studio_environment.url, False)


@pytest.mark.labelstudio
def test_a_rater_signs_up_answers_and_is_shut_out(studio: Studio, join: Callable[[str], Studio]) -> None:
    """With the invitation in; removed, out: no project, no answer, no new connection."""
    rater = join("joins@example.org")
    assert rater.user in studio.members()
    project = studio.create_project("Shut out", label_config=CONFIG)
    (task, other) = studio.import_tasks(project.id, [{"data": {"image": "a"}}, {"data": {"image": "b"}}])
    rater.annotate(task, answer("happiness"))
    studio.remove_member(rater.user.id)
    assert rater.user not in studio.members()
    with pytest.raises(StudioError) as error:
        rater.annotate(other, answer("happiness"))
    assert error.value.reason == "permission"
    (answered, _) = sorted(studio.export(project.id), key=lambda exported: int(exported["id"]))
    assert answered["annotations"][0]["completed_by"] == rater.user.id
