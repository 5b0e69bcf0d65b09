"""One labeller of `archive_labelling.py`: what their browser would send, over real HTTP."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import Any

LATER, UNDO, AGAIN = 0.05, 0.03, 0.05
"""Shares of tasks that are put off, answers that are taken back, and answers that are sent twice
because their acknowledgement seemed lost."""
_PATIENCE = 900.0
"""Seconds for which a dead server, or others, are waited for."""
_DOOR = threading.Lock()
"""One signs in after the other, as people do: a password is meant to take long."""


@dataclass
class Ledger:
    """What was sent and acknowledged, by the ids that clients chose."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, int] = field(default_factory=dict)
    taken_back: dict[str, int] = field(default_factory=dict)
    times: list[tuple[str, float]] = field(default_factory=list)
    """Kind and milliseconds of each request that was answered."""
    faults: list[str] = field(default_factory=list)
    resent: int = 0
    cut_off: int = 0


@dataclass(frozen=True)
class Pace:
    """How long somebody looks, on the mean."""

    seconds: float
    rng: random.Random

    def look(self, stop: threading.Event) -> None:
        """Wait as people do: mostly short, sometimes long."""
        stop.wait(min(6 * self.seconds, self.rng.expovariate(1 / self.seconds)))


class Labeller:
    """Signs in once, then labels until told to stop."""

    def __init__(
        self, address: tuple[str, int], name: str, password: str, project: tuple[int, str],
        pace: Pace, ledger: Ledger,
    ) -> None:  # fmt: skip
        self._address, self._name, self._password = address, name, password
        (self._project, self._kind), self._pace, self._ledger = project, pace, ledger
        self._line = http.client.HTTPConnection(*address, timeout=120)
        self._cookies: dict[str, str] = {}
        self._csrf = ""

    def work(self, ready: threading.Barrier, stop: threading.Event) -> None:
        """All of it; what goes wrong is noted, and ends this labeller."""
        try:
            with _DOOR:
                self._sign_in()
            ready.wait(_PATIENCE)
            while not stop.is_set() and self._one(stop):
                pass
        except Exception as error:
            ready.abort()
            self._ledger.faults.append(f"{self._name}: {type(error).__name__}: {error}")

    def _sign_in(self) -> None:
        page = self._call("page", "GET", "/account/in")[1].decode()
        form = {"csrf": _token(page), "name": self._name, "password": self._password}
        self._call("sign in", "POST", "/account/in", urllib.parse.urlencode(form).encode(), 303)
        self._csrf = _token(self._call("page", "GET", f"/label/{self._project}")[1].decode())

    def _one(self, stop: threading.Event) -> bool:
        """One image; false when nothing is left."""
        status, body = self._call("next", "GET", f"/api/projects/{self._project}/next", want=None)
        if status == 204:
            self._ledger.faults.append(f"{self._name}: no image was left; give the bench more")
            return False
        task = json.loads(body)
        self._call("image", "GET", task["image"])
        self._pace.look(stop)
        url = f"/api/tasks/{task['task']}"
        if self._pace.rng.random() < LATER:
            self._send("later", "POST", f"{url}/later", None, 204)
            return True
        answer = self._answer(task)
        if self._kind == "pixels":
            self._send("draft", "PUT", f"{url}/draft", {"shapes": answer["shapes"]}, 204)
        self._ledger.sent.add(answer["client_id"])
        number = json.loads(self._send("answer", "POST", f"{url}/answer", answer, 201))["answer"]
        self._ledger.acknowledged[answer["client_id"]] = number
        if self._pace.rng.random() < AGAIN:
            self._ledger.resent += 1
            again = json.loads(self._send("answer", "POST", f"{url}/answer", answer, 201))
            if again["answer"] != number:
                self._ledger.faults.append(f"sent again, answer {number} is {again['answer']}")
        if self._pace.rng.random() < UNDO:
            self._undo(answer["client_id"], number)
        return True

    def _undo(self, client: str, number: int) -> None:
        """Take it back. Asked again after the server died, it says that it was taken back."""
        data = json.dumps(None).encode()
        status, _ = self._call("undo", "POST", f"/api/answers/{number}/undo", data, want=None)
        if status not in (200, 409):
            self._ledger.faults.append(f"undo of {number}: {status}")
        self._ledger.taken_back[client] = number

    def _answer(self, task: dict[str, Any]) -> dict[str, Any]:
        rng = self._pace.rng
        common = {"kind": self._kind, "client_id": str(uuid.uuid4()), "seconds": 1.0}
        if self._kind == "image":
            return {**common, "classes": [rng.randrange(25)], "note": ""}
        size = {"height": task["height"], "width": task["width"]}
        shapes = [_polygon(rng, **size) for _ in range(8)] + [_stroke(rng, **size)] * 2
        return {**common, **size, "shapes": shapes}

    def _send(self, kind: str, method: str, path: str, body: Any, want: int) -> bytes:
        return self._call(kind, method, path, json.dumps(body).encode(), want)[1]

    def _call(
        self, kind: str, method: str, path: str, body: bytes | None = None, want: int | None = 200
    ) -> tuple[int, bytes]:
        """One request, repeated while there is no server; another status than wanted is an error.

        The time is that of the try that was answered.
        """
        end = time.monotonic() + _PATIENCE
        while True:
            begun = time.perf_counter()
            try:
                self._line.request(method, path, body, self._headers(body))
                answer = self._line.getresponse()
                content = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self._ledger.cut_off += 1
                self._line.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
        self._ledger.times.append((kind, 1e3 * (time.perf_counter() - begun)))
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        if want is not None and answer.status != want:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return answer.status, content

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {"cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if self._csrf:
            headers["x-csrf-token"] = self._csrf
        if body is not None:
            form = "application/x-www-form-urlencoded"
            headers["content-type"] = "application/json" if self._csrf else form
        return headers


def _token(page: str) -> str:
    found = re.search(r'name="csrf" (?:content|value)="(\w+)"', page)
    if found is None:
        raise RuntimeError("a page without a token")
    return found[1]


def _polygon(rng: random.Random, height: int, width: int) -> dict[str, Any]:
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    points = [[x + rng.uniform(-200, 200), y + rng.uniform(-200, 200)] for _ in range(30)]
    return {"class": rng.randrange(4), "type": "polygon", "points": points}


def _stroke(rng: random.Random, height: int, width: int) -> dict[str, Any]:
    points = [[rng.uniform(0, width), rng.uniform(0, height)]]
    for _ in range(100):
        x, y = points[-1]
        points.append([x + rng.uniform(-8, 8), y + rng.uniform(-8, 8)])
    return {"class": rng.randrange(4), "type": "brush", "points": points, "width": 24}
