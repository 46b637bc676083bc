"""Directions by attribute: whitening, normals, orthogonality; sliders found, stored and used."""

import dataclasses
import json

import pytest
import torch
import toys
from mentions import mentions
from torch.testing import assert_close
from toys import alike

from gan_studio.datasets.celeba import ATTRIBUTES
from gan_studio.gans import checkpoint
from gan_studio.gans.latents import attributes
from gan_studio.images.edits import Edits
from gan_studio.images.recipe import Recipe
from gan_studio.models import sliders
from gan_studio.models.library import Library
from gan_studio.models.sliders import Slider, Sliders
from gan_studio.studio import attributes as traits
from gan_studio.studio import face_attributes
from gan_studio.studio.studio import STRIP, Studio
from gan_studio.vision import faces
from gan_studio.vision.faces import FaceAttributeClassifier, Network


def cloud(n: int = 4000) -> torch.Tensor:
    torch.manual_seed(0)
    stretch = torch.tensor([[2.0, 0, 0, 0], [1.5, 1, 0, 0], [0, 0.3, 0.5, 0], [0, 0, 0, 3]])
    return torch.randn(n, 4) @ stretch + torch.tensor([1.0, -2, 0, 5])


def test_whitened_points_have_mean_zero_and_are_uncorrelated():
    points = cloud()
    white = attributes.whitening(points).whiten(points)
    assert_close(white.mean(0), torch.zeros(4).double(), atol=1e-6, rtol=0)
    assert_close(torch.cov(white.T), torch.eye(4).double(), atol=1e-6, rtol=0)


def test_a_step_of_length_one_is_one_deviation_of_the_points_along_it():
    points = cloud()
    w = attributes.whitening(points)
    n = torch.nn.functional.normalize(torch.tensor([1.0, 2, -1, 0.5]).double(), dim=0)
    moved = w.whiten(points + w.unwhiten_steps(n[None]))
    assert_close(moved - w.whiten(points), n.expand(len(points), 4), atol=1e-5, rtol=0)


def test_the_normal_is_the_direction_in_which_the_odds_rise():
    points = cloud()
    w = attributes.whitening(points)
    white, n = w.whiten(points), torch.tensor([0.6, 0, 0.8, 0]).double()
    found = attributes.normal(white, 3 * white @ n - 2)
    assert_close(found, n, atol=1e-6, rtol=0)
    told = attributes.normal(white, attributes.log_odds((3 * white @ n - 2).sigmoid()))
    assert told @ n > 0.99


def test_log_odds_of_certainties_are_finite():
    odds = attributes.log_odds(torch.tensor([0.0, 0.5, 1.0]))
    assert_close(odds, torch.tensor([-9.2102, 0, 9.2102]).double(), atol=1e-3, rtol=0)


def test_orthogonal_directions_are_orthonormal_and_near_their_normals():
    torch.manual_seed(1)
    normals = torch.nn.functional.normalize(torch.randn(5, 12).double(), dim=1)
    steps = attributes.orthogonal(normals)
    assert_close(steps @ steps.T, torch.eye(5).double())
    eigenvalues, axes = torch.linalg.eigh(normals @ normals.T)
    assert_close(steps, (axes / eigenvalues.sqrt()) @ axes.T @ normals)
    assert ((steps * normals).sum(1) > 0.8).all()
    assert_close(attributes.orthogonal(torch.eye(3)), torch.eye(3).double())


def test_sides_of_known_projections():
    fitted, shown = torch.arange(10.0), torch.arange(10) > 6
    held, truth = torch.tensor([0.0, 6.0, 7.0, 9.0]), torch.tensor([False, True, True, True])
    assert attributes.side_accuracy(fitted, shown, held, truth) == (0.75, 0.75)


@pytest.fixture
def reader() -> FaceAttributeClassifier:
    """One that calls bright pictures smiling and dark ones young, and knows nothing else."""

    class Brightness(Network):
        def forward(self, x):
            logits = torch.zeros(len(x), len(ATTRIBUTES)) - 9
            bright = 40 * (x.mean((1, 2, 3)) + 0.05)
            logits[:, ATTRIBUTES.index("Smiling")] = bright
            logits[:, ATTRIBUTES.index("Young")] = -bright
            return logits

    return FaceAttributeClassifier(Brightness())


@pytest.fixture
def library(tmp_path) -> Library:
    """A toy of colour pictures whose directions matter."""
    gan = toys.model("stylegan2", channels=3).eval()
    config = toys.config("stylegan2")
    manifest = checkpoint.Manifest(family="stylegan2", config=config, channels=3, dataset="celeba")
    checkpoint.save_model(tmp_path / "toy", gan, gan.generator, manifest)
    return Library(tmp_path)


def run(steps):
    """The value that a generator returns."""
    returned = []

    def kept():
        returned.append((yield from steps))

    list(kept())
    return returned[0]


def test_sliders_are_found_for_what_pictures_differ_in(library, reader):
    found, sample = run(traits.find_sliders(library.get("toy"), reader, 600))
    names = [slider.name for slider in found.sliders]
    assert "glasses" not in names  # no picture has them
    assert {"brightness", "light from left"} <= set(names)
    assert found.directions.shape == found.orthogonal.shape == (len(names), 128)
    for slider in found.sliders:
        assert slider.accuracy > slider.majority - 0.05
    done = run(traits.measure_effects(library.get("toy"), found, sample.scorer, sample.points[:40]))
    by_name = {slider.name: slider for slider in done.sliders}
    assert by_name["brightness"].reached is not None
    assert by_name["brightness"].reached > 0.8


def test_pictures_that_all_show_the_same_give_no_sliders(reader):
    judge = face_attributes.AttributeScorer(reader)
    sample = traits.ScoredPictures(
        torch.randn(20, 4), torch.randn(20, 4), judge, torch.zeros(20, 16)
    )
    with pytest.raises(ValueError, match=mentions("10")):
        traits.regress_directions(sample)


def test_stored_sliders_move_the_picture_and_are_listed(library, reader, tmp_path):
    found, _ = run(traits.find_sliders(library.get("toy"), reader, 600))
    sliders.save(tmp_path / "toy", found, {"seed": 0})
    library.invalidate(tmp_path / "toy")
    model, still = library.get("toy"), Recipe(model="toy", seed=3)
    assert model.sliders.sliders == found.sliders
    moved = dataclasses.replace(still, edits=Edits(attributes={"brightness": 3.0}))
    i = [s.name for s in found.sliders].index("brightness")
    way = model.point(moved) - model.point(still)
    assert_close(way, (3 * found.directions[i]).expand_as(way), atol=1e-5, rtol=1e-4)
    assert model.draw(model.point(moved)).mean() > model.draw(model.point(still)).mean()
    moved = dataclasses.replace(still, edits=Edits(attributes={"brightness": 3.0}, orthogonal=True))
    way = model.point(moved) - model.point(still)
    assert_close(way, (3 * found.orthogonal[i]).expand_as(way), atol=1e-5, rtol=1e-4)
    studio = Studio(tmp_path, "cpu")
    assert [s.name for s in studio.named_sliders("toy")] == [s.name for s in found.sliders]
    with pytest.raises(ValueError, match=mentions("wings brightness")):
        studio.generate(dataclasses.replace(still, edits=Edits(attributes={"wings": 1.0})))


def test_film_strips_of_named_and_numbered_sliders_stand_side_by_side(library, tmp_path):
    found = Sliders((slider(),), torch.randn(1, 128), torch.randn(1, 128))
    sliders.save(tmp_path / "toy", found, {})
    studio = Studio(tmp_path, "cpu")
    edits = Edits(attributes={"a": 1.5}, orthogonal=True)
    recipe = Recipe(model="toy", seed=3, psi=0.9, directions={2: 0.5}, edits=edits)
    named, numbered = studio.slider_previews(recipe, ["a", 2])
    for sigma, one, other in zip(STRIP, named, numbered, strict=True):
        edits = Edits(attributes={"a": sigma}, orthogonal=True)
        assert alike(one, studio.generate(dataclasses.replace(recipe, edits=edits)))
        moved = dataclasses.replace(recipe, directions={2: sigma})
        assert alike(other, studio.generate(moved))
    assert not alike(named[0], named[-1])
    assert studio.slider_previews(recipe, []) == []
    with pytest.raises(ValueError, match=mentions("wings a")):
        studio.slider_previews(recipe, ["wings"])


def test_a_grey_model_gets_no_sliders_of_faces(studio, reader):
    with pytest.raises(ValueError, match=mentions("gan-digits")):
        run(traits.find_sliders(studio.library.get("gan-digits"), reader, 600))


def slider(**fields) -> Slider:
    return Slider(name="a", reads="b", accuracy=0.9, majority=0.5, count=9, **fields)


def test_sliders_go_round_and_those_of_another_space_are_refused(tmp_path):
    kept = Sliders((slider(), slider(reached=0.5)), torch.randn(2, 6), torch.randn(2, 6))
    sliders.save(tmp_path, kept, {})
    found = sliders.load(tmp_path, 6)
    assert found.sliders == kept.sliders
    assert torch.equal(found.orthogonal, kept.orthogonal)
    with pytest.raises(ValueError, match=r"\.$"):
        sliders.load(tmp_path, 7)
    assert not sliders.load(tmp_path / "elsewhere", 7).sliders


@pytest.mark.parametrize("text", ["", "[]", '{"sliders": 3}', '{"sliders": [{"name": 1}]}'])
def test_damaged_sliders_are_refused_with_one_sentence(tmp_path, text):
    sliders.save(tmp_path, Sliders((slider(),), torch.randn(1, 6), torch.randn(1, 6)), {})
    (tmp_path / checkpoint.SLIDERS).write_text(text)
    with pytest.raises(ValueError, match=r"\.$"):
        sliders.load(tmp_path, 6)


def test_a_measure_is_a_share_of_pictures_that_have_less(reader):
    judge = face_attributes.AttributeScorer(reader)
    pictures = torch.linspace(-1, 1, 5).view(5, 1, 1, 1).expand(5, 3, 16, 16)
    judge.calibrate(judge.raw(pictures))
    i = judge.names.index("brightness")
    assert_close(judge(pictures)[:, i], torch.tensor([0, 0.2, 0.4, 0.6, 0.8]))


def test_light_from_the_left_is_told_from_its_mirror():
    lit = torch.linspace(1, -1, 32).expand(1, 3, 32, 32)
    assert face_attributes.light_from_left(lit) > 0.4
    assert_close(
        face_attributes.light_from_left(lit.flip(3)), -face_attributes.light_from_left(lit)
    )


def test_the_shipped_face_reader_is_small_and_says_its_terms():
    assert faces.WEIGHTS.stat().st_size <= 2_000_000
    card = (faces.WEIGHTS.parent / checkpoint.CARD).read_text("utf-8")
    assert "non-commercial" in card
    assert all(f"| {name} |" in card for name in ATTRIBUTES)
    assert json.dumps(card)


@pytest.mark.slow
@pytest.mark.shared_data("celeba/img_align_celeba")
def test_the_shipped_face_reader_reads_88_of_a_hundred_attributes():
    from gan_studio.datasets import registry
    from tools.train_networks import face_accuracy

    test = registry.load("celeba", faces.SIZE, train=False)
    right = face_accuracy(faces.load(), test.images, registry.attributes("celeba", test))
    assert right.mean() > 0.87
    assert right[ATTRIBUTES.index("Male")] > 0.94


def test_a_reader_learns_what_it_is_shown():
    from gan_studio.datasets.dataset import Dataset
    from tools.train_networks import face_accuracy, train_faces

    torch.manual_seed(0)
    shown = torch.rand(256, 1) > 0.5
    pictures = torch.where(shown[..., None, None], 200, 60).expand(-1, 3, 64, 64)
    dataset = Dataset(name="toy", images=pictures.to(torch.uint8))
    network = run(train_faces(dataset, shown, epochs=4))
    assert face_accuracy(FaceAttributeClassifier(network), dataset.images, shown).item() > 0.95
