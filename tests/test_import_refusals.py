"""Files, addresses and places that no generator is imported from or to."""

from pathlib import Path

import published_files as files
import published_pickles as pickles
import pytest
import torch
from mentions import mentions

from gan_studio.core.limits import PUBLIC
from gan_studio.models.importing import import_model
from gan_studio.models.importing.files import MAX_BYTES
from gan_studio.studio import Studio


def broken(**changes: object) -> bytes:
    """A file whose generator's attributes are others."""
    generator = pickles.stylegan2()
    generator.state |= changes
    return pickles.nvidia(generator)


def without(part: str, name: str) -> bytes:
    generator = pickles.stylegan2()
    del generator.state["_modules"][part].state["_buffers"][name]
    return pickles.nvidia(generator)


def poisoned(value: torch.Tensor) -> bytes:
    generator = pickles.stylegan2()
    generator.state["_modules"]["mapping"].state["_buffers"]["w_avg"] = value
    return pickles.nvidia(generator)


BAD = {
    "a discriminator": (lambda: pickles.nvidia(pickles.stylegan2(), G_ema=None), "G_ema"),
    "another record": (
        lambda: pickles.nvidia(pickles.Persistent("Transformer", {"w": torch.ones(2)})),
        "Transformer mapping synthesis",
    ),
    "other layers": (
        lambda: pickles.nvidia(
            pickles.Persistent(
                "Generator",
                modules={
                    "mapping": pickles.Persistent("M"),
                    "synthesis": pickles.Persistent("S", modules={"up_0": pickles.Persistent("U")}),
                },
            )
        ),
        "up_0 StyleGAN2 StyleGAN3",
    ),
    "a size that is no power of two": (lambda: broken(img_resolution=20), "20"),
    "a size of 4096": (lambda: broken(img_resolution=4096), "4096 1024"),
    "another size than its layers": (lambda: broken(img_resolution=32), "StyleGAN2"),
    "two channels": (lambda: broken(img_channels=2), "2"),
    "another latent": (lambda: broken(z_dim=99), "to_w.layers.0.weight"),
    "no mean style": (lambda: without("mapping", "w_avg"), "mapping.w_avg"),
    "a weight that is no number": (
        lambda: poisoned(torch.full((files.STYLE,), float("nan"))),
        "mapping.w_avg",
    ),
    "mixed types": (lambda: poisoned(torch.zeros(files.STYLE).half()), "float16 float32"),
    "an empty file": (lambda: b"", "empty"),
    "a text": (lambda: b"hello", "pickle"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n", "pickle"),
    "a list": (lambda: pickles.pickled([1, 2]), "list"),
    "a dictionary": (lambda: pickles.pickled({"a": 1}), "a"),
    "a damaged zip": (lambda: files.saved({"a": torch.ones(2)})[:-30], "zip"),
    "a state of something else": (
        lambda: files.saved({"encoder.0.weight": torch.ones(2, 2)}),
        "auto-encoder",
    ),
    "DCGAN’s discriminator": (
        lambda: files.saved({"main.0.weight": torch.ones(4, 3, 4, 4)}),
        "DCGAN discriminator",
    ),
    "no tensors": (lambda: files.saved({"epoch": 3}), "epoch"),
    "an expanded tensor": (
        lambda: files.saved(
            {"main.0.weight": torch.ones(1).expand(9), "main.1.running_mean": torch.ones(1)}
        ),
        "main.0.weight",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_another_file_is_refused_with_one_sentence_and_leaves_nothing(tmp_path, what):
    content, words = BAD[what]
    file = files.write(tmp_path, "given.file", content())
    with pytest.raises(ValueError, match=mentions(f"given.file {words}")) as told:
        import_model(file, tmp_path / "out")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_module_in_torch_save_is_refused_and_not_run(tmp_path):
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return exec, (pickles.SOURCE,)

    for legacy in (False, True):
        file = files.write(tmp_path, "x.pt", files.saved({"g_ema": Trap()}, legacy=legacy))
        with pytest.raises(ValueError, match=mentions("x.pt")):
            import_model(file, tmp_path / "out")
    assert not Path("executed").exists()


def test_a_compressed_zip_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", bytes(10**8))
    with pytest.raises(ValueError, match=mentions("x.pt compressed")):
        import_model(tmp_path / "x.pt", tmp_path / "out")


def test_a_file_of_five_gigabytes_is_refused(tmp_path):
    with (tmp_path / "x.pkl").open("wb") as file:
        file.truncate(5 * 10**9)
    with pytest.raises(ValueError, match=mentions(f"x.pkl 5,000,000,000 {MAX_BYTES:,}")):
        import_model(tmp_path / "x.pkl", tmp_path / "out")


def test_an_output_that_exists_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "config.json").write_text("{}")
    with pytest.raises(ValueError, match=mentions("--output")):
        import_model(tmp_path / "x.pkl", tmp_path / "out")


def test_visitors_of_a_public_page_cannot_import(tmp_path):
    public = Studio(tmp_path, "cpu", limits=PUBLIC)
    with pytest.raises(ValueError, match=mentions("import owner")):
        list(public.import_model(str(tmp_path / "x.pkl"), tmp_path / "out"))


def test_a_source_that_is_nothing_is_refused(tmp_path):
    studio = Studio(tmp_path, "cpu")
    for source in ("nowhere.pkl", "http://localhost/x.pkl", "ftp://x/y.pkl"):
        with pytest.raises(ValueError, match=mentions("")):
            list(studio.import_model(source, tmp_path / "out"))
