"""Malformed requests against every endpoint: nothing crashes, nothing leaks, and it goes on."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from malformed import PLACES, RAW, Attacker, bodies, dumped, file, spoiled
from studio_process import StudioProcess, healthy

from gan_studio.ui.explore.routes import PREFIX

ROUTES = ("open", "draw", "choose", "strips", "vary", "map", "look", "restore")
GENERATE = ["gan-digits", 7, 1.0, *[0.0] * 10, "any"]


def still_answers(attacker: Attacker) -> None:
    answer = attacker.call("generate", GENERATE).raise_for_status()
    path = answer.json()["data"][0]["path"]
    picture = attacker.http.get(f"/gradio_api/file={path}").raise_for_status()
    assert picture.content.startswith(b"\x89PNG")


def assault(attacker: Attacker, count: int, seed: int) -> None:
    """So many requests: most to endpoints with spoiled inputs, the rest to other places."""
    rng, public = random.Random(seed), attacker.public
    for i in range(count):
        if i % 7 == 6:
            verb = rng.choice(
                ("open", "draw", "choose", "strips", "vary", "map", "look", "restore")
            )
            attacker.send("POST", f"{PREFIX}{verb}", content=bodies(rng).encode())
        if i % 5 == 4:
            method = rng.choice(("GET", "POST", "PUT", "HEAD", "OPTIONS"))
            place = rng.choice((*PLACES, *(f"run/{name}" for name in public)))
            if method != "GET" or not place.startswith(("heartbeat", "queue/data")):  # streams
                attacker.send(method, f"/gradio_api/{place}", content=bodies(rng).encode())
            continue
        name = rng.choice(list(public)) if i % 3 else rng.choice(attacker.endpoints)
        values = public.get(name, [None] * rng.randrange(20))
        attacker.call(name, spoiled(values, rng, attacker.paths))


def test_malformed_requests_crash_nothing_and_tell_nothing(
    served: StudioProcess, attacker: Attacker, canary
):
    still_answers(attacker)
    assault(attacker, 120, seed=1)
    still_answers(attacker)
    assert served.process.poll() is None
    assert canary.visits == 0


@pytest.mark.slow
def test_after_a_thousand_malformed_requests_memory_is_what_it_was(served, attacker, canary):
    assault(attacker, 1000, seed=2)  # what is loaded once is loaded by now
    before = served.memory()
    assault(attacker, 1000, seed=3)
    still_answers(attacker)
    assert canary.visits == 0
    assert served.memory() < 1.1 * before


def test_no_place_on_this_machine_is_read_as_a_file(attacker: Attacker, canary):
    for path in attacker.paths:
        for name, at in {"stylize": 0, "bring_content": 1, "train": 5}.items():
            values = list(attacker.public.get(name, [None, None]))
            for given in (file(path), [file(path)], {"path": path}):
                values[at] = given
                answer = attacker.call(name, values)
                assert answer.status_code in (422, 500), (name, given, answer.text)
    assert canary.visits == 0


def test_no_place_on_this_machine_is_served(attacker: Attacker):
    for path in attacker.paths:
        for address in (f"file={quote(path)}", f"file/{quote(path)}", f"proxy={quote(path)}"):
            answer = attacker.send("GET", f"/gradio_api/{address}")
            assert answer.status_code in (400, 403, 404, 307), (address, answer.text)


def test_no_word_of_a_visitor_names_a_model_elsewhere(attacker: Attacker):
    for path in attacker.paths:
        answer = attacker.call("generate", [path, *GENERATE[1:]])
        assert answer.status_code == 500
        assert "model" in answer.json()["error"]
        compared = attacker.call("compare", [[path], "1, 2", "", 0.5])
        assert compared.status_code == 500


@pytest.mark.parametrize("raw", RAW)
def test_a_number_that_is_none_is_refused_wherever_it_stands(attacker: Attacker, raw):
    values = [dumped(value) for value in GENERATE]
    for place in (1, 2, 3):
        told = [*values[:place], raw, *values[place + 1 :]]
        body = f'{{"data": [{", ".join(told)}], "session_hash": "numbers"}}'
        answer = attacker.post("run/generate", body)
        assert answer.status_code >= 400 or raw == "-0.0"


def test_what_nobody_asked_for_is_neither_monitored_nor_remembered(attacker: Attacker):
    for place in ("/monitoring", "/monitoring/summary", "/gradio_api/runs"):
        assert attacker.send("GET", place).status_code == 404


def test_an_upload_that_breaks_off_leaves_the_server_well(
    served: StudioProcess, attacker: Attacker
):
    head = {"content-type": "multipart/form-data; boundary=b"}
    for body in (b"", b"--b", b'--b\r\ncontent-disposition: form-data; name="files"; filename="x"'):
        assert (
            attacker.send("POST", "/gradio_api/upload", content=body, headers=head).status_code
            < 500
        )
    assert attacker.upload("../../../etc/cron.d/x", b"1").json()[0].startswith(str(served.cache))
    assert healthy(served.address)
