"""Directions by attribute: whitening, normals, orthogonality; sliders found, stored and used."""

import dataclasses
import json
import re

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


def test_a_selective_step_leaves_out_what_moves_the_others():
    """Linear odds: every point has the same gradients, and the optimum is known."""
    own, other = torch.tensor([3.0, 4, 0, 0]), torch.tensor([0.0, 5, 0, 0])
    slopes = torch.stack([own, other]).expand(7, 2, 4)
    odds = torch.tensor([0.3, 0.0]).expand(7, 2)
    free = attributes.selective(slopes, odds, 0, ridge=1e9)
    assert_close(free, torch.tensor([0.6, 0.8, 0, 0]).double())  # the gradient itself
    bound = attributes.selective(slopes, odds, 0, ridge=1e-9)
    assert_close(bound, torch.tensor([1.0, 0, 0, 0]).double(), atol=1e-6, rtol=0)
    between = attributes.selective(slopes, odds, 0, ridge=1.0)  # C has a single entry, 4
    assert_close(between[1] / between[0], torch.tensor(4 / 3 / 5).double())


def test_an_attribute_that_is_certain_does_not_hold_a_step_back():
    slopes = torch.tensor([[3.0, 4], [0, 5], [5, 0]]).expand(4, 3, 2)
    odds = torch.tensor([0.0, 60, 0]).expand(4, 3)  # the second cannot change
    step = attributes.selective(slopes, odds, 0, ridge=1e-9)
    assert_close(step, torch.tensor([0.0, 1]).double(), atol=1e-6, rtol=0)


def test_a_selective_step_in_layers_is_nowhere_longer_than_one():
    torch.manual_seed(0)
    slopes = torch.randn(5, 3, 4, 6) * torch.tensor([9.0, 1, 1, 0.1])[:, None]
    lengths = attributes.selective(slopes, torch.randn(5, 3), 1).norm(dim=1)
    assert_close(lengths.max(), torch.tensor(1.0).double())
    assert lengths[0] > lengths[3]


def test_orthogonal_steps_keep_their_lengths_and_are_near_what_they_were():
    torch.manual_seed(1)
    steps = torch.nn.functional.normalize(torch.randn(5, 12).double(), dim=1)
    found = attributes.orthogonal(steps)
    assert_close(found @ found.T, torch.eye(5).double())
    eigenvalues, axes = torch.linalg.eigh(steps @ steps.T)
    assert_close(found, (axes / eigenvalues.sqrt()) @ axes.T @ steps)
    assert ((found * steps).sum(1) > 0.8).all()
    assert_close(attributes.orthogonal(torch.eye(3)), torch.eye(3).double())
    lengths = torch.arange(1.0, 6).double()[:, None]
    layered = attributes.orthogonal((lengths * steps).view(5, 3, 4))
    assert_close(layered, (lengths * found).view(5, 3, 4))


def test_sides_of_known_projections():
    fitted, shown = torch.arange(10.0), torch.arange(10) > 6
    held, truth = torch.tensor([0.0, 6.0, 7.0, 9.0]), torch.tensor([False, True, True, True])
    assert attributes.side_accuracy(fitted, shown, held, truth) == (0.75, 0.75)


@pytest.fixture
def library(tmp_path) -> Library:
    """A toy of colour pictures whose directions matter."""
    gan = toys.model("stylegan2", channels=3).eval()
    config = toys.config("stylegan2")
    manifest = checkpoint.Manifest(family="stylegan2", config=config, channels=3, dataset="celeba")
    checkpoint.save_model(tmp_path / "toy", gan, gan.generator, manifest)
    return Library(tmp_path)


def redness(pictures: torch.Tensor) -> torch.Tensor:
    """Mean of the red channel minus the blue one, (N, 3, H, W) -> (N,)."""
    return pictures[:, 0].mean((1, 2)) - pictures[:, 2].mean((1, 2))


@pytest.fixture
def reader(library) -> FaceAttributeClassifier:
    """One that calls the redder half of the toy's pictures smiling, and knows nothing else."""
    model = library.get("toy")
    usual = redness(model.draw(model.sample(0, 200)))

    class Redness(Network):
        def forward(self, x):
            logits = torch.zeros(len(x), len(ATTRIBUTES)) - 9
            logits[:, ATTRIBUTES.index("Smiling")] = 3 * (redness(x) - usual.mean()) / usual.std()
            return logits

    return FaceAttributeClassifier(Redness())


def run(steps):
    """The value that a generator returns."""
    returned = []

    def kept():
        returned.append((yield from steps))

    list(kept())
    return returned[0]


def test_sliders_are_found_for_what_pictures_differ_in(library, reader):
    found, sample = run(traits.find_sliders(library.get("toy"), reader, 500, rounds=6))
    names = [slider.name for slider in found.sliders]
    assert names == ["smiling", "brightness", "light from left", "pose"]  # none wears glasses
    assert found.directions.shape == found.orthogonal.shape == (4, *sample.points.shape[1:])
    white = attributes.whitening(sample.vectors)
    lengths = (found.directions.double() @ white.inverse).norm(dim=-1)
    assert lengths.max() < 1.001
    model, still = library.get("toy"), sample.points[:40]
    measured = run(traits.measure_effects(model, found, sample.scorer, still))
    smiling, brightness = measured.sliders[:2]
    assert smiling.reached > 0.5
    assert brightness.reached > 0.5
    low, high = (redness(model.draw(still + s * found.directions[0])) for s in (-3, 3))
    assert (high > low).all()
    assert smiling.most_affected in names[1:]
    assert smiling.others < smiling.most_affected_change


def test_pictures_that_all_show_the_same_give_no_sliders(reader):
    judge = face_attributes.AttributeScorer(reader)
    sample = traits.ScoredPictures(
        torch.randn(20, 4), torch.randn(20, 4), judge, torch.zeros(20, len(judge.names))
    )
    with pytest.raises(ValueError, match=mentions("10")):
        traits.frequent_attributes(sample)


def test_stored_sliders_move_the_picture_and_are_listed(library, reader, tmp_path):
    found, _ = run(traits.find_sliders(library.get("toy"), reader, 500, rounds=6))
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
    shape = library.get("toy").space.shape
    found = Sliders((slider(),), torch.randn(1, *shape), torch.randn(1, *shape))
    sliders.save(tmp_path / "toy", found, {})
    studio = Studio(tmp_path, "cpu")
    edits = Edits(attributes={"a": 1.5}, orthogonal=True)
    recipe = Recipe(model="toy", seed=3, psi=0.9, directions={2: 0.5}, edits=edits)
    named, numbered = studio.slider_previews(recipe, ["a", 2])
    for sigma, one, other in zip(STRIP, named, numbered, strict=True):
        edits = Edits(attributes={"a": sigma}, orthogonal=True)
        drawn = studio.generate(dataclasses.replace(recipe, edits=edits))
        assert alike(one.image, drawn.image)
        moved = dataclasses.replace(recipe, directions={2: sigma})
        assert alike(other.image, studio.generate(moved).image)
    assert not alike(named[0].image, named[-1].image)
    assert studio.slider_previews(recipe, []) == []
    with pytest.raises(ValueError, match=mentions("wings a")):
        studio.slider_previews(recipe, ["wings"])


def test_a_grey_model_gets_no_sliders_of_faces(studio, reader):
    with pytest.raises(ValueError, match=mentions("gan-digits")):
        run(traits.find_sliders(studio.library.get("gan-digits"), reader, 500, rounds=6))


def slider(name: str = "a", **fields) -> Slider:
    return Slider(name=name, reads="b", accuracy=0.9, majority=0.5, count=9, **fields)


@pytest.mark.parametrize("shape", [(6,), (3, 6)])
def test_sliders_go_round_and_those_of_another_space_are_refused(tmp_path, shape):
    kept = Sliders((slider(), slider(reached=0.5)), torch.randn(2, *shape), torch.randn(2, *shape))
    sliders.save(tmp_path, kept, {})
    found = sliders.load(tmp_path, shape)
    assert found.sliders == kept.sliders
    assert torch.equal(found.orthogonal, kept.orthogonal)
    for other in ((*shape[:-1], 7), (5, 7)):
        with pytest.raises(ValueError, match=r"\.$"):
            sliders.load(tmp_path, other)
    assert not sliders.load(tmp_path / "elsewhere", (7,)).sliders


def test_a_step_for_all_layers_moves_them_alike_and_one_for_each_on_its_own(library, tmp_path):
    shape = library.get("toy").space.shape
    for steps in (torch.randn(1, shape[-1]), torch.randn(1, *shape)):
        sliders.save(tmp_path / "toy", Sliders((slider(),), steps, steps.clone()), {})
        library.invalidate(tmp_path / "toy")
        model, still = library.get("toy"), Recipe(model="toy", seed=3)
        moved = dataclasses.replace(still, edits=Edits(attributes={"a": 2.0}))
        way = (model.point(moved) - model.point(still))[0]
        assert_close(way, (2 * steps[0]).expand(shape), atol=1e-5, rtol=1e-4)
        edits = Edits(attributes={"a": 2.0}, ranges={"a": "fine"})
        part = (model.point(dataclasses.replace(moved, edits=edits)) - model.point(still))[0]
        fine = model.space.layers("fine")
        assert_close(part[fine], way[fine])
        assert not part[: fine.start].any()


def test_sliders_that_move_few_faces_or_much_else_are_left_out():
    measured = [
        slider("good", reached=0.5, others=0.33),
        slider("weak", reached=0.495, others=0.1),
        slider("blunt", reached=0.9, others=0.334),
        slider("unmeasured"),
    ]
    steps = torch.randn(2, 4, 3, 6)
    selection = traits.select(Sliders(measured, *steps), ["rare", *(s.name for s in measured)])
    assert selection.sliders.sliders == (measured[0],)
    assert torch.equal(selection.sliders.directions, steps[0, :1])
    assert torch.equal(selection.sliders.orthogonal, steps[1, :1])
    assert set(selection.left_out) == {"rare", "weak", "blunt", "unmeasured"}
    for name, values in (("rare", "10"), ("weak", "49.5% 50%"), ("blunt", "33.4% 33.3%")):
        assert re.search(mentions(values), selection.left_out[name])


@pytest.mark.parametrize("text", ["", "[]", '{"sliders": 3}', '{"sliders": [{"name": 1}]}'])
def test_damaged_sliders_are_refused_with_one_sentence(tmp_path, text):
    sliders.save(tmp_path, Sliders((slider(),), torch.randn(1, 6), torch.randn(1, 6)), {})
    (tmp_path / checkpoint.SLIDERS).write_text(text)
    with pytest.raises(ValueError, match=r"\.$"):
        sliders.load(tmp_path, (6,))


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


def test_every_slider_that_ships_is_selective():
    found = Library().get("stylegan2-celeba").sliders.sliders
    assert len(found) >= 6
    assert {s.name: traits.reason_to_leave_out(s) for s in found} == {s.name: "" for s in found}
    assert {s.most_affected for s in found} <= set(face_attributes.AttributeScorer.names)


@pytest.mark.slow
def test_the_sliders_that_ship_move_faces_that_they_were_not_found_with():
    model = Library().get("stylegan2-celeba")
    sample = run(traits.score_samples(model, faces.load(), 500, seed=314_159))
    origin = sample.points[:60]
    measured = run(traits.measure_effects(model, model.sliders, sample.scorer, origin))
    for found in measured.sliders:  # 60 faces: a share of 0.5 deviates by 0.065
        assert found.reached > traits.MIN_REACHED - 0.15, found
        assert found.others < traits.MAX_OTHERS + 0.05, found


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
