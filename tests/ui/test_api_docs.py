"""The API view of each endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from gradio_client import Client

from gan_studio.ui import api_docs, build

QUICK = ["draw", "vary", "arithmetic", "generate", "opinion", "map"]


@pytest.fixture(scope="module")
def endpoints() -> dict[str, Any]:
    return build().get_api_info()["named_endpoints"]


def test_every_endpoint_says_what_it_does_and_gives(endpoints):
    for endpoint in endpoints.values():
        assert endpoint["description"].endswith(".")
        for result in endpoint["returns"]:
            assert f"{result['label']}: " in endpoint["description"]
            assert result["python_type"]["description"]


def test_every_argument_has_its_name_a_type_a_sentence_and_an_example(endpoints):
    for name, endpoint in endpoints.items():
        for argument in endpoint["parameters"]:
            where = name, argument["parameter_name"]
            assert argument["label"] == argument["parameter_name"], where
            assert len(argument["python_type"]["description"]) > 5, where
            assert argument["type"], where
            assert "Any" not in argument["python_type"]["type"].replace("dict[str, Any]", ""), where
            assert argument["example_input"] is not None or argument["parameter_has_default"]
            assert argument["example_input"] not in ("Hello!!", "...", {"foo": "bar"}), where


@pytest.mark.parametrize("name", QUICK)
def test_the_examples_work(endpoints, address: str, name: str):
    arguments = endpoints[f"/{name}"]["parameters"]
    asked = {one["parameter_name"]: one["example_input"] for one in arguments}
    if name == "map":
        asked["cells"] = 2
    assert Client(address, verbose=False).predict(**asked, api_name=f"/{name}")


def test_the_names_of_models_are_not_a_closed_list(endpoints):
    """Those that are trained later, and those of the Hub, are called as well."""
    for name in ("/generate", "/opinion", "/interpolate", "/nearest"):
        (model,) = (p for p in endpoints[name]["parameters"] if p["parameter_name"] == "model")
        assert model["type"] == {"type": "string"}


def test_a_docstring_is_read_whole():
    def handler() -> None:
        """Draw a line
        as long as wanted.

        More of it.

        Args:
            x, y: where it begins: in pixels,
                from the left and the top
            long: in pixels

        Returns:
            line: a picture
        """

    told = api_docs.parse_docstring(handler)
    assert told.description == "Draw a line as long as wanted. More of it."
    where = "where it begins: in pixels, from the left and the top"
    assert told.arguments == {"x": where, "y": where, "long": "in pixels"}
    assert told.returns == {"line": "a picture"}
    assert told.whole.endswith("More of it. Gives line: a picture.")
