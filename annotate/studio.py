"""The only place that speaks to Label Studio.

Nothing is retried: an import that is sent twice doubles its tasks, and a caller that knows what is there
already can begin again. TLS certificates are always verified, redirects never followed with a token.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from annotate.address import address, is_loopback
from annotate.studio_errors import speaking
from schemas.errors import MissingPartError, StudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import httpx
    from label_studio_sdk import ImportApiRequest, LabelStudio, OrganizationInvite, Project as AnyProject, RoleBasedTask
    from label_studio_sdk.projects.client_ext import ProjectExt

    from workspace.store import Workspace

SUPPORTED = ((1, 20), (2, 0))
"""Versions spoken to: from the first, up to and without the second. Tested with 1.23.2; 1.20 is the first with
personal access tokens, and a 2.0 would be free to change the API."""

CONNECT_SECONDS, READ_SECONDS, BULK_SECONDS = 10.0, 60.0, 600.0
"""How long a connection, an answer, and the answer to an import or export may take; an export of 5,000 tasks with two
annotations each took 14 s."""


@dataclass(frozen=True)
class Project:
    """A Label Studio project, as far as mien needs it.

    Attributes:
        id: Its number on the server.
        title: Its title.
        description: Its description.
        label_config: The XML of its labelling page.
        tasks: How many tasks it has.
        annotations: How many annotations its tasks have, skipped ones left out.
    """

    id: int
    title: str
    description: str
    label_config: str
    tasks: int
    annotations: int


@dataclass(frozen=True)
class Member:
    """A person of the server's organisation.

    Attributes:
        id: Their number on the server; `completed_by` of their annotations.
        email: The address they sign in with.
    """

    id: int
    email: str


class Studio:
    """A connection to a Label Studio server.

    Attributes:
        url: Its address, without a slash at the end.
        local: Whether it is the workspace's own server, which can show pictures from the workspace.
        client: The SDK's client, for calls that are not here; use it inside `speaking`.
        version: The server's version.
        user: Whose token it is.
    """

    def __init__(self, url: str, token: str, *, local: bool = False) -> None:
        self.url = url.rstrip("/")
        self.local = local
        self._http = _http(self.url)
        try:
            with self.speaking("the connection"):
                self.client = _client(self.url, token, self._http)
                self.version = self._supported(self.client.versions.get().release)
                user = self.client.users.whoami()
        except BaseException:
            self.close()
            raise
        self.user = Member(int(user.id or 0), str(user.email))
        if user.active_organization is None:
            self.close()
            what = f"the token's owner has been removed from the organisation of Label Studio at {self.url}"
            raise StudioError("permission", what, "use the token of one who belongs to it")
        self._organization = int(user.active_organization)

    def speaking(self, about: str) -> contextlib.AbstractContextManager[None]:
        """A `with` block in which every error of the SDK becomes a `StudioError` about this."""
        return speaking(self.url, about)

    def close(self) -> None:
        """Closes the connection."""
        self._http.close()

    def _supported(self, release: Any) -> str:
        parts = str(release).split(".")[:2]
        if not all(part.isdecimal() for part in parts) or len(parts) < 2:
            what = f"{self.url} does not say a version of Label Studio"
            raise StudioError("broken", what, "check that the address is Label Studio's")
        oldest, first_unknown = SUPPORTED
        if not oldest <= tuple(map(int, parts)) < first_unknown:
            known = f"{'.'.join(map(str, oldest))} or newer, below {'.'.join(map(str, first_unknown))}"
            what = f"Label Studio at {self.url} has version {release}; mien knows {known}"
            raise StudioError("version", what, "use such a version; `annotate server start` brings one that is tested")
        return str(release)

    # People

    def members(self) -> list[Member]:
        """The people of the organisation, by number; those who were removed are left out."""
        with self.speaking("the organisation's members"):
            # The page size -1 is the server's own word for all of them.
            page = self.client.organizations.members.list(self._organization, page_size=-1)
            users = [row.user for row in page.items or []]
        members = [Member(int(user.id or 0), str(user.email)) for user in users]
        # The list still has those who were removed, with the word "Deleted" for an address.
        return sorted((member for member in members if "@" in member.email), key=lambda member: member.id)

    def invite_link(self) -> str:
        """The address at which invited people sign up; one for the whole organisation, until it is renewed."""
        with self.speaking("the invitation"):
            return self._page(self.client.organizations.invites.get_invite_link())

    def renew_invite(self) -> str:
        """Makes a new invitation; who has not used the old one cannot do so any more."""
        with self.speaking("the invitation"):
            return self._page(self.client.organizations.reset_token())

    def _page(self, invitation: OrganizationInvite) -> str:
        return urljoin(f"{self.url}/", str(invitation.invite_url))

    def remove_member(self, user_id: int) -> None:
        """Takes a person out of the organisation; their annotations stay."""
        with self.speaking(f"member {user_id}"):
            self.client.organizations.members.delete(self._organization, user_id)

    # Projects

    def projects(self) -> list[Project]:
        """All projects of the organisation, by number."""
        with self.speaking("the list of projects"):
            pages: Iterable[AnyProject] = self.client.projects.list(page_size=1000)
            found = [_project(project) for project in pages]
        return sorted(found, key=lambda project: project.id)

    def project(self, project_id: int) -> Project:
        """One project.

        Raises:
            StudioError: Reason "missing": there is none, or it has been deleted.
        """
        with self.speaking(f"project {project_id}"):
            return _project(self.client.projects.get(project_id))

    def create_project(self, title: str, *, label_config: str, **fields: Any) -> Project:
        """Makes a project.

        Args:
            title: Its title, at least 3 letters.
            label_config: The XML of its labelling page.
            fields: Further fields of the server's project, for example `show_skip_button` or `expert_instruction`.
        """
        with self.speaking(f"the new project {title!r}"):
            made = self.client.projects.create(title=title, label_config=label_config, **fields)
        return self.project(int(made.id or 0))

    def update_project(self, project_id: int, **fields: Any) -> None:
        """Changes fields of a project."""
        with self.speaking(f"project {project_id}"):
            self.client.projects.update(project_id, **fields)

    def delete_project(self, project_id: int) -> None:
        """Deletes a project with its tasks and annotations."""
        with self.speaking(f"project {project_id}"):
            self.client.projects.delete(project_id)

    def serve_pictures(self, project_id: int, folder: Path) -> None:
        """Lets the server show the files of a folder at `/data/local-files/?d=…`; twice is once.

        Args:
            project_id: The project whose members may see them.
            folder: A folder below the server's document root (`studio_files.pictures`), not the root itself.
        """
        with self.speaking(f"the picture folder of project {project_id}"):
            storages = self.client.import_storage.local
            if all(storage.path != str(folder) for storage in storages.list(project=project_id)):
                storages.create(project=project_id, path=str(folder), title="pictures", use_blob_urls=True)

    # Tasks and answers

    def import_tasks(self, project_id: int, tasks: Sequence[dict[str, Any]]) -> list[int]:
        """Adds tasks in one request.

        The server does not know what it has already: sent twice, they are there twice. It does them in batches and
        keeps what it has done if it is killed.

        Args:
            project_id: Where to.
            tasks: Each `{"data": {…}}`; 5,000 in one call are fine, and 200 MB are the limit.

        Returns:
            The numbers the server gave them, in the order of `tasks`.
        """
        with self.speaking(f"project {project_id}"):
            answer = self.client.projects.import_tasks(
                project_id,
                request=cast("Sequence[ImportApiRequest]", tasks),
                return_task_ids=True,
                request_options={"timeout": BULK_SECONDS},
            )
        ids = list(getattr(answer, "task_ids", None) or [])
        if len(ids) != len(tasks):
            what = f"Label Studio at {self.url} was sent {len(tasks)} tasks and names {len(ids)}"
            raise StudioError("broken", what, "push again; it asks the server what it has")
        return ids

    def tasks(self, project_id: int) -> list[dict[str, Any]]:
        """All tasks of a project without their answers: `{"id": …, "data": {…}}`, by number."""
        with self.speaking(f"project {project_id}"):
            pages: Iterable[RoleBasedTask] = self.client.tasks.list(
                project=project_id, fields="task_only", include="id,data", page_size=5000
            )
            found = [{"id": task.id, "data": task.data} for task in pages]
        return sorted(found, key=lambda task: int(task["id"]))

    def export(self, project_id: int) -> list[dict[str, Any]]:
        """All tasks of a project with all their annotations, as Label Studio's own JSON export has them.

        One request. Skipped annotations are among them; drafts and predictions come along as the server gives them.
        """
        with self.speaking(f"project {project_id}"):
            chunks = self.client.projects.exports.download_sync(
                project_id, export_type="JSON", download_all_tasks=True, request_options={"timeout": BULK_SECONDS}
            )
            content = b"".join(chunks)
        try:
            tasks = json.loads(content)
        except ValueError as error:
            what = f"the export of project {project_id} at {self.url} is not JSON"
            raise StudioError("broken", what, "look at the server's log") from error
        return cast("list[dict[str, Any]]", tasks)

    def delete_tasks(self, task_ids: Sequence[int]) -> None:
        """Deletes tasks with their annotations."""
        for task_id in task_ids:
            with self.speaking(f"task {task_id}"):
                self.client.tasks.delete(str(task_id))

    def annotate(
        self, task_id: int, result: list[dict[str, Any]], *, lead_time: float | None = None, skipped: bool = False
    ) -> int:
        """Answers a task as the token's owner.

        Args:
            task_id: Which one.
            result: Label Studio's regions: `{"from_name": …, "to_name": …, "type": "choices", "value": {…}}`.
            lead_time: Seconds it took.
            skipped: Whether the task was passed over.

        Returns:
            The annotation's number.
        """
        with self.speaking(f"task {task_id}"):
            made = self.client.annotations.create(
                task_id, result=result, lead_time=lead_time, was_cancelled=skipped, ground_truth=False
            )
        return int(made.id or 0)

    def change_annotation(self, annotation_id: int, result: list[dict[str, Any]]) -> None:
        """Replaces the regions of an annotation, as its author does who changes their mind."""
        with self.speaking(f"annotation {annotation_id}"):
            self.client.annotations.update(annotation_id, result=result)


@contextlib.contextmanager
def connect(workspace: Workspace, *, allow_http: bool = False) -> Iterator[Studio]:
    """Connects to the server that `LABEL_STUDIO_URL` and `LABEL_STUDIO_API_KEY` name, else to the workspace's own.

    Args:
        workspace: Whose server is meant where the environment names none.
        allow_http: Whether the token may go over the network in clear text, to another machine without TLS.

    Raises:
        UsageError: The environment names a server and no token or the reverse, or one without TLS.
        StudioError: The server is down, does not know the token, or has a version that mien does not know.
    """
    found = address(workspace, allow_http=allow_http)
    studio = Studio(found.url, found.token, local=found.local)
    try:
        yield studio
    finally:
        studio.close()


def _client(url: str, token: str, http: httpx.Client) -> LabelStudio:
    from label_studio_sdk import LabelStudio

    return LabelStudio(base_url=url, api_key=token, httpx_client=http, max_retries=0)  # type: ignore[no-untyped-call]


def _http(url: str) -> httpx.Client:
    try:
        import httpx
        import label_studio_sdk  # noqa: F401 (asked for here, where one can say how to get it)
    except ImportError as error:
        what = f"the Label Studio SDK is not installed ({error.name})"
        raise MissingPartError(what, "install it: `uv sync --extra annotate`") from error
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    # A proxy of the environment is for other machines; it would be asked for its own 127.0.0.1.
    return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=not is_loopback(url))


def _project(project: AnyProject | ProjectExt) -> Project:
    return Project(
        id=int(project.id or 0),
        title=project.title or "",
        description=project.description or "",
        label_config=project.label_config or "",
        tasks=int(project.task_number or 0),
        annotations=int(project.total_annotations_number or 0),
    )
