"""Presets: the paper's own numbers beside the recipe of minutes."""

import dataclasses
import re

import pytest
import toys
from mentions import mentions

from gan_studio.cli.main import main
from gan_studio.gans import checkpoint, presets
from gan_studio.gans.config import LatentConfig, TrainingConfig
from gan_studio.gans.families import FAMILIES


@pytest.fixture(params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return request.param


def command(family, output, *flags):
    small = ["--image-size", "16", "--width", "4", "--batch-size", "8"]
    return ["train", family, "--dataset", "digits", "--output", str(output), *small, *flags]


def test_the_studios_preset_is_the_defaults(family):
    assert presets.start(family) == (FAMILIES[family].config(), TrainingConfig())


def test_every_family_has_its_papers_numbers_and_they_differ_from_ours(family):
    kind = FAMILIES[family].config
    assert "paper_values" in vars(kind)  # not its elder's
    config, settings = presets.start(family, "classic")
    said = {**dataclasses.asdict(config), **dataclasses.asdict(settings)}
    assert {k: said[k] for k in kind.paper_values} == kind.paper_values
    assert config != kind()
    assert settings.preset == "classic"


def test_papers_average_since_progressive_gan(family):
    _, settings = presets.start(family, "classic")
    assert (settings.average_decay > 0) == (family in ("progan", "msg-gan", "stylegan2", "r3gan"))


def test_a_papers_game_can_be_played(family):
    config, _ = presets.start(family, "classic")
    toy = dataclasses.replace(config, image_size=16, width=4, batch_size=8)
    kind = FAMILIES[family].gan
    assert isinstance(toy, LatentConfig)
    gan = kind(toy, 1, 10 if kind.conditional(toy) else 0)
    optimizers, batches = gan.optimizers(), toys.digits(batch_size=8)
    for _ in range(2):
        assert all(loss.isfinite() for loss in gan.step(batches, optimizers).values())


@pytest.mark.parametrize("flags", [["--preset", "classic"], ["--preset=classic"]])
def test_the_flag_takes_the_preset_and_other_flags_win(tmp_path, flags):
    main(command("dcgan", tmp_path / "run", *flags, "--steps", "2", "--beta1", "0.25"))
    saved = checkpoint.load_manifest(tmp_path / "run")
    wanted, _ = presets.start("dcgan", "classic")
    small = {"image_size": 16, "width": 4, "batch_size": 8, "beta1": 0.25}
    assert saved.config == dataclasses.replace(wanted, **small)
    assert saved.training["preset"] == "classic"
    assert saved.training["average_decay"] == 0


@pytest.mark.parametrize("flags", [[], ["--preset", "classic"]])
def test_a_resume_keeps_the_preset(tmp_path, flags):
    run = command("gan", tmp_path / "run")
    main([*run, "--preset", "classic", "--steps", "2"])
    before = checkpoint.load_manifest(tmp_path / "run")
    main([*run, *flags, "--steps", "4", "--resume"])
    after = checkpoint.load_manifest(tmp_path / "run")
    assert after.config == before.config
    assert after.training["preset"] == "classic"
    assert after.training["decay_steps"] == before.training["decay_steps"]


def test_another_preset_on_the_way_is_refused(tmp_path, capsys):
    main([*command("gan", tmp_path / "run"), "--steps", "2"])
    with pytest.raises(SystemExit):
        main([*command("gan", tmp_path / "run"), "--preset", "classic", "--resume"])
    assert "classic" in capsys.readouterr().err


def test_an_unknown_preset_lists_the_known_ones(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        main(command("gan", tmp_path / "run", "--preset", "x"))
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert re.match(mentions("preset x studio classic"), said)
