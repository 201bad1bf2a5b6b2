"""The server of a study: what raters can read, and which requests are refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.study_folders import add_rater, make_folder

from v2meow_pipeline.study.session import StudySessions

if TYPE_CHECKING:
    from starlette.testclient import TestClient

VOTE = {"relevance": 1, "preference": -2, "heard_first_s": 2.0, "heard_second_s": 2.0, "seconds": 9.0}


@pytest.fixture
def sessions(tmp_path: Path) -> StudySessions:
    """Sessions of a study without media."""
    return StudySessions(make_folder(tmp_path / "study", systems=("secretname", "othername"), headphone_check=False))


@pytest.fixture
def client(sessions: StudySessions) -> Iterator["TestClient"]:
    """Client of the study's server."""
    testclient = pytest.importorskip("starlette.testclient")
    from v2meow_pipeline.study.server import make_app

    with testclient.TestClient(make_app(sessions), base_url="http://127.0.0.1:7861") as client:
        yield client


def check_error(answer: Any, status: int, part: str) -> None:
    """An error is one line of JSON."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"} and part in answer.json()["error"]
    assert "\n" not in answer.text and "Traceback" not in answer.text


def test_raters_cannot_see_the_systems(client: "TestClient", sessions: StudySessions) -> None:
    """Catches names of systems, clips, or right answers in what the page receives, and a design that is served."""
    registered = client.post("/api/raters", json={"consent": True})
    assert registered.status_code == 201
    rater = registered.json()
    seen = [client.get(path).text for path in ("/", "/api/study", f"/api/raters/{rater['id']}")] + [registered.text]
    for text in seen:
        for secret in ("beeps_second", "quietest", "first_system", '"pair":', '"clip"'):
            assert secret not in text
    assert set(rater["trials"][0]) == {"index", "kind", "first", "second", "done"}
    for name in ("../study.json", "study.json", "%2e%2e/study.json", "../study.sqlite", "..%2fstudy.json"):
        assert client.get(f"/media/{name}").status_code == 404
        assert "secretname" not in client.get(f"/files/{name}").text
    assert client.get(rater["trials"][0]["first"]).headers["content-type"] == "video/mp4"


def test_a_vote_is_stored_once(client: "TestClient", sessions: StudySessions) -> None:
    """Catches a repeated request that is stored twice, and a state that does not follow."""
    rater = add_rater(sessions)
    index = next(i for i, trial in enumerate(rater.plan.trials) if trial.kind == "pair")
    path = f"/api/raters/{rater.id}/trials/{index}/pair"
    first = client.post(path, json=VOTE)
    assert first.status_code == 201 and first.json()["trials"][index]["done"]
    check_error(client.post(path, json={**VOTE, "relevance": -1}), 409, "recorded already")
    assert [row.relevance for _, row in sessions._store.votes()] == [1]
    assert client.get(f"/api/raters/{rater.id}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"relevance": 3}, "relevance"),
        ({"relevance": 0.5}, "relevance"),
        ({"relevance": "1"}, "relevance"),
        ({"preference": None}, "preference"),
        ({"heard_first_s": -1}, "heard_first_s"),
        ({"heard_first_s": 0.2}, "must be heard"),
        ({"seconds": 1e9}, "seconds"),
        ({"winner": "secretname"}, "winner"),
    ],
)
def test_bad_votes_are_refused(
    client: "TestClient", sessions: StudySessions, change: dict[str, Any], part: str
) -> None:
    """Catches votes off the scale, and votes of raters who did not listen."""
    rater = add_rater(sessions)
    index = next(i for i, trial in enumerate(rater.plan.trials) if trial.kind == "pair")
    answer = client.post(f"/api/raters/{rater.id}/trials/{index}/pair", json={**VOTE, **change})
    check_error(answer, 422, part)
    assert sessions._store.votes() == []


def test_bad_requests_are_refused(client: "TestClient", sessions: StudySessions) -> None:
    """Catches stack traces, foreign pages, DNS rebinding, and bodies that fill the memory."""
    check_error(client.post("/api/raters", json={"consent": False}), 422, "Consent")
    check_error(client.post("/api/raters", json={"consent": True, "participant": "a b<script>"}), 422, "participant")
    check_error(client.post("/api/raters", content=b"{broken"), 422, "")
    check_error(client.get("/api/raters/unknown"), 404, "no such rater")
    check_error(client.post("/api/raters/unknown/trials/0/pair", json=VOTE), 404, "no such rater")
    check_error(client.get("/api/nothing"), 404, "")
    foreign = {"Origin": "http://evil.example"}
    check_error(client.post("/api/raters", json={"consent": True}, headers=foreign), 403, "other pages")
    check_error(client.get("/api/study", headers={"Host": "evil.example"}), 403, "host name")
    large = json.dumps({"comment": "x" * 30_000})
    check_error(client.post(f"/api/raters/{add_rater(sessions).id}/finish", content=large), 413, "larger")


def test_all_responses_have_security_headers(client: "TestClient") -> None:
    """Catches pages that others can embed, or scripts from elsewhere."""
    for path in ("/", "/api/study", "/files/study.js", "/nothing"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    page = client.get("/").text
    assert "http://" not in page and "https://" not in page


def test_a_rater_can_withdraw(client: "TestClient", sessions: StudySessions) -> None:
    """Catches a button that deletes nothing."""
    rater = add_rater(sessions)
    assert client.delete(f"/api/raters/{rater.id}").status_code == 204
    check_error(client.get(f"/api/raters/{rater.id}"), 404, "no such rater")


def test_one_client_cannot_use_up_all_places(sessions: StudySessions) -> None:
    """Catches a script that registers raters until the study is full, and a limit that stops raters who have begun."""
    testclient = pytest.importorskip("starlette.testclient")
    from v2meow_pipeline.study.server import make_app

    app = make_app(sessions, raters_per_hour=2)
    base = "http://127.0.0.1:7861"
    with testclient.TestClient(app, base, client=("10.0.0.1", 1)) as one:
        raters = [one.post("/api/raters", json={"consent": True}).json() for _ in range(2)]
        check_error(one.post("/api/raters", json={"consent": True}), 429, "More than 2")
        assert len(sessions._store.raters()) == 2
        index = next(trial["index"] for trial in raters[0]["trials"] if trial["kind"] == "pair")
        assert one.post(f"/api/raters/{raters[0]['id']}/trials/{index}/pair", json=VOTE).status_code == 201
    with testclient.TestClient(app, base, client=("10.0.0.2", 1)) as other:
        assert other.post("/api/raters", json={"consent": True}).status_code == 201
