"""Vocoders as every family: a step, a preview, files, a resume; and what a wave of theirs is."""

import pytest
import torch
import toys
from mentions import mentions
from torch.testing import assert_close

from gan_studio.core.events import Update
from gan_studio.datasets import sounds
from gan_studio.evaluation import vocoding
from gan_studio.gans import checkpoint
from gan_studio.gans.families import VOCODERS, hifi_gan
from gan_studio.gans.vocoder import VocoderGAN
from gan_studio.models.library import Library
from gan_studio.sound import griffin_lim, mel
from gan_studio.sound.files import save_wav
from gan_studio.sound.pitch import pitches
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio


@pytest.fixture(params=list(VOCODERS))
def gan(request: pytest.FixtureRequest) -> VocoderGAN:
    return toys.vocoder(request.param)


def test_a_step_moves_every_weight_and_its_losses_are_finite_scalars(gan):
    before = [p.clone() for p in gan.parameters()]
    batches, optimizers = toys.sound_batches(), gan.optimizers()
    said = [gan.step(batches, optimizers) for _ in range(2)][-1]
    assert {"generator", "discriminator"} <= said.keys()
    assert all(
        loss.shape == () and loss.isfinite() and not loss.requires_grad for loss in said.values()
    )
    pairs = zip(gan.named_parameters(), before, strict=True)
    assert [name for (name, p), q in pairs if p.equal(q)] == []


def test_a_wave_has_as_many_samples_as_its_spectrogram_says(gan):
    x = mel.log_mel(toys.sound_batches().first(2)["wave"])
    with torch.no_grad():
        made = gan.vocode(x)
    assert made.shape == (2, x.shape[2] * mel.SETTINGS.hop)
    assert made.abs().max() <= 1
    with torch.no_grad():
        assert torch.equal(gan.vocode(x), made)
        assert not torch.equal(gan.vocode(x, seed=1), made)


def test_even_untrained_its_bands_are_those_it_was_given(gan):
    true = toys.sound_batches().first(4)["wave"]
    with torch.no_grad():
        made = gan.vocode(mel.log_mel(true), pitches(true))
    found = vocoding.distances(made, true)
    assert found["mel_l1"] < 0.5
    assert vocoding.distances(true, true) == {"mel_l1": 0, "log_stft": 0}
    assert vocoding.distances(griffin_lim.from_mel(mel.log_mel(true), 8), true)["mel_l1"] < 0.5


def test_a_preview_is_a_picture_of_sound_and_a_sheet_has_whole_rows(gan):
    batch = toys.sound_batches().first(8)
    pictures = gan.preview(batch)
    assert pictures.shape == (8, 1, 64, 16)
    assert torch.equal(gan.preview(batch), pictures)
    assert len(gan.sample_sheet(batch, 4)) % 4 == 0


def test_the_discriminators_answer_is_one_number_for_each_wave(gan):
    told = gan.discriminate(toys.sound_batches().first(5))
    assert told.values.shape == (5,)
    assert told.output == "score"


def test_the_adversary_waits_for_its_turn():
    gan = toys.vocoder("hifi-gan", adversarial_after=1)
    batches, optimizers = toys.sound_batches(), gan.optimizers()
    first, second = (gan.step(batches, optimizers) for _ in range(2))
    assert first["discriminator"] == 0
    assert second["discriminator"] > 0


def test_gains_bring_bands_to_the_wanted_ones():
    magnitude = torch.rand(1, 257, 5) + 0.1
    wanted = (mel.filterbank().float() @ magnitude).log() - 1
    fitted = hifi_gan.fit_bands(magnitude, wanted)
    bands = (mel.filterbank().float() @ fitted).log()
    before = (mel.filterbank().float() @ magnitude).log()
    assert (bands - wanted).abs().max() < 0.1 * (before - wanted).abs().max()


def test_batches_depend_on_the_seed_and_their_position_alone():
    one, other = toys.sound_batches(), toys.sound_batches()
    next(other)
    other.position = 0
    assert torch.equal(next(one)["wave"], next(other)["wave"])
    assert not torch.equal(next(one)["wave"], next(toys.sound_batches(1))["wave"])


def test_saving_and_loading_gives_the_same_sound(gan, tmp_path):
    family = next(name for name, kind in VOCODERS.items() if isinstance(gan, kind.gan))
    manifest = checkpoint.Manifest(family=family, config=gan.config, channels=1, dataset="toy")
    checkpoint.save_model(tmp_path / "voice", gan, gan.generator, manifest)
    library = Library(tmp_path)
    x = mel.log_mel(toys.sound_batches().first(1)["wave"])
    with torch.no_grad():
        assert_close(library.vocoder("voice").vocode(x), gan.vocode(x))
    assert library.vocoders() == ["voice"]
    assert library.names() == library.translators() == []
    for refused in (library.get, library.translator):
        with pytest.raises(ValueError, match=mentions("voice")):
            refused("voice")


def folder(path, count: int = 3):
    path.mkdir()
    for i, wave in enumerate(toys.sounds(count).waves.float().div(32768).chunk(count)):
        save_wav(path / f"{i}.wav", wave.numpy())
    (path / "broken.wav").write_bytes(b"RIFF")
    return path


def request(output, data, *, resume: bool = False) -> TrainingRequest:
    settings = None if resume else toys.settings(steps=6, save_every=3, sample_every=3)
    config = None if resume else toys.vocoder_config("hifi-gan")
    return TrainingRequest(
        family="hifi-gan", dataset=str(data), config=config, settings=settings, output=output,
        resume=resume,
    )  # fmt: skip


def test_a_resumed_training_ends_as_one_in_one_piece(tmp_path):
    data = folder(tmp_path / "sounds")
    studio = Studio(tmp_path / "none", "cpu")
    list(studio.train(request(tmp_path / "whole", data)))
    first = studio.train(request(tmp_path / "parts", data))
    next(event for event in first if isinstance(event, Update) and event.step == 4)
    first.close()
    list(studio.train(request(tmp_path / "parts", data, resume=True)))
    one, other = (
        (tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "parts")
    )
    assert one == other
    assert (tmp_path / "whole" / "samples.png").exists()
    assert (tmp_path / "whole" / "README.md").exists()


def test_a_folder_of_sounds_is_read_and_damaged_files_are_told(tmp_path):
    found = sounds.load(str(folder(tmp_path / "sounds")), 16)
    assert len(found) == 3
    assert len(found.skipped) == 1
    assert found.images.shape == (3, 1, 64, 16)
    (tmp_path / "empty").mkdir()
    for name in ("empty", "missing"):
        with pytest.raises(ValueError, match=mentions(name)):
            sounds.load(str(tmp_path / name), 16)


def test_sizes_out_of_range_are_refused():
    for changes in ({"image_size": 4}, {"width": 0}, {"lambda_mel": -1}, {"played_fraction": 0}):
        with pytest.raises(ValueError, match=mentions("")):
            toys.vocoder_config("hifi-gan", **changes)
