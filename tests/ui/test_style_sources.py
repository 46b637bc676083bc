"""Pictures that a painting is made from: decoded once, refused as soon as they are unreadable."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_painter import RecordingPainter, picture

from gan_studio.images import files as image_files
from gan_studio.style_transfer.painter import StyleConfig
from gan_studio.ui.style.request import StyleRequest
from gan_studio.ui.style.sources import PictureCache, Selection, Source


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """A content and two styles."""
    found = [tmp_path / name for name in ("content.png", "a.jpg", "b.webp")]
    for i, path in enumerate(found):
        picture(seed=i).save(path)
    return found


def test_an_uploaded_picture_is_decoded_once_before_it_is_painted(paths, monkeypatch):
    decoded, load = [], image_files.load

    def counted(source, *args, **options):
        decoded.append(Path(source))
        return load(source, *args, **options)

    monkeypatch.setattr(image_files, "load", counted)
    selection = (
        Selection().with_upload(str(paths[0])).with_uploads([str(path) for path in paths[1:]])
    )
    selection.ingredients()
    content, styles = selection.sources
    style_request = StyleRequest(
        content=content, styles=styles, weights=(1, 1), mask=None, features="embedded",
        config=StyleConfig(size=64, steps=1),
    )  # fmt: skip
    painter = RecordingPainter()
    assert list(style_request.within_limits(painter).frames(painter))
    assert decoded == paths


def test_a_picture_whose_file_is_gone_is_refused_though_it_was_decoded(paths):
    selection = Selection().with_upload(str(paths[0]))
    paths[0].unlink()
    with pytest.raises(ValueError, match=r"content\.png"):
        selection.ingredients()


def test_the_cache_drops_the_least_recently_used_pictures(paths):
    cache = PictureCache(2 * 80 * 64)
    first, second, third = (Source("style", path.name, str(path)) for path in paths)
    before = [cache.get(source) for source in (first, second)]
    assert cache.get(first) is before[0]
    cache.get(third)
    assert cache.get(first) is before[0]
    assert cache.get(second) is not before[1]


def test_a_picture_larger_than_the_cache_is_decoded_and_not_kept(paths):
    cache, source = PictureCache(1), Source("style", "a.jpg", str(paths[1]))
    assert cache.get(source).size == (80, 64)
    assert cache.get(source) is not cache.get(source)


def test_an_example_style_is_captioned_and_a_file_of_its_name_is_not(paths):
    title = Selection().styles[0].name
    assert Selection().styles[0].painting is not None
    assert Source("style", title, str(paths[1])).painting is None
    assert all(content.painting is None for content in Selection().contents)
