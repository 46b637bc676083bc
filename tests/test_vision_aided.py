"""A second discriminator that sees through the perceptual network."""

import dataclasses

import pytest
import torch
import toys
from mentions import mentions

from gan_studio.gans.checkpoint import load_model
from gan_studio.gans.config import apply_changes
from gan_studio.gans.families.stylegan2 import StyleGAN2
from gan_studio.gans.vision_aided import (
    LAYERS,
    Head,
    VisionAidedDiscriminator,
    VisionAidedLoss,
    extract_features,
    network,
)


def advised(channels: int = 3, **changes) -> StyleGAN2:
    gan = toys.model("stylegan2", channels, **{"vision_aided": 0.5, **changes})
    assert isinstance(gan, StyleGAN2)
    return gan


def test_scores_are_no_steeper_than_the_features():
    torch.manual_seed(0)
    head = Head(12)
    x, step = torch.randn(8, 12, 8, 8), 1e-2 * torch.randn(8, 12, 8, 8)
    for _ in range(50):  # power iterations
        head(x)
    head.eval()
    # A 3 x 3 kernel with a spectral norm of 1 stretches a map three times at most.
    assert (head(x + step) - head(x)).norm() <= 3 * step.norm()
    assert head(x).shape == (8, 1, 4, 4)


@pytest.mark.parametrize("size", [8, 16, 32])
@pytest.mark.parametrize("channels", [1, 3])
def test_each_layer_is_judged_whatever_the_pictures(size, channels):
    scores = VisionAidedDiscriminator()(extract_features(torch.rand(2, channels, size, size)))
    assert [len(layer) for layer in scores] == [2] * len(LAYERS)


def test_the_network_is_no_part_of_the_weights_and_never_learns():
    model = advised()
    assert model.advisor is not None
    sees = sum(p.numel() for p in network(torch.device("cpu")).parameters())
    assert sum(v.numel() for v in model.advisor.state_dict().values()) < sees / 50
    fake = torch.rand(2, 3, 16, 16, requires_grad=True)
    advice = VisionAidedLoss(model.advisor, torch.rand(2, 3, 16, 16), fake)
    advice.discriminator().backward()
    assert fake.grad is None  # D's turn leaves G alone
    advice.generator().backward()
    assert fake.grad is not None
    assert fake.grad.abs().sum() > 0
    assert all(p.grad is None for p in network(fake.device).parameters())


def test_heads_learn_to_tell_and_a_picture_that_follows_them_gets_better():
    torch.manual_seed(0)
    advisor = VisionAidedDiscriminator()
    real, fake = torch.rand(4, 3, 16, 16), (2 * torch.rand(4, 3, 16, 16) - 1).requires_grad_()
    learner = torch.optim.Adam(advisor.parameters(), 0.01)
    losses = []
    for _ in range(30):
        loss = VisionAidedLoss(advisor, real, fake).discriminator()
        learner.zero_grad()
        loss.backward()
        learner.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
    painter = torch.optim.Adam([fake], 0.05)
    before = VisionAidedLoss(advisor, real, fake).generator().item()
    for _ in range(10):
        painter.zero_grad()
        VisionAidedLoss(advisor, real, fake).generator().backward()
        painter.step()
    assert VisionAidedLoss(advisor, real, fake).generator().item() < before - 0.1


def test_a_round_teaches_the_heads_and_the_generator_hears_them():
    def after(weight: float) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        model = advised(vision_aided=weight)
        torch.manual_seed(1)
        model.step(iter([toys.batch(channels=3)] * 2), model.optimizers())
        return {k: v.clone() for k, v in model.state_dict().items()}

    little, much = after(0.1), after(10.0)
    moved = [
        k for k in little if k.startswith("generator.") and not torch.equal(little[k], much[k])
    ]
    assert moved
    heads = [k for k in little if k.startswith("advisor.") and k.endswith("original")]
    fresh = advised(vision_aided=0.1).state_dict()
    assert heads
    assert all(not torch.equal(little[k], fresh[k]) for k in heads)


def test_without_advice_nothing_is_there():
    model = advised(vision_aided=0.0)
    assert not [name for name in model.state_dict() if name.startswith("advisor")]


def test_a_training_with_an_advisor_starts_from_a_model_without(tmp_path):
    list(toys.train(tmp_path / "plain", "stylegan2", steps=1))
    plain, _ = load_model(tmp_path / "plain")
    base = str(tmp_path / "plain")
    list(
        toys.train(
            tmp_path / "more", "stylegan2", steps=1, toy={"vision_aided": 1.0}, start_from=base
        )
    )
    network.cache_clear()  # as another process finds it
    more, told = load_model(tmp_path / "more")
    assert told.config == dataclasses.replace(plain.config, vision_aided=1.0)
    assert not [k for k in plain.state_dict() if k.startswith("advisor")]
    assert [k for k in more.state_dict() if k.startswith("advisor")]


def test_the_whole_picture_is_judged_by_how_much_the_batch_varies():
    torch.manual_seed(0)
    advisor = VisionAidedDiscriminator(whole=True)
    different = torch.rand(4, 3, 32, 32)
    alike = different[:1].expand(4, -1, -1, -1)
    head = advisor.heads["relu5_1"]
    layers = [extract_features(x, advisor.heads)["relu5_1"] for x in (alike, different)]
    assert layers[0].shape == (4, 192, 2, 2)
    # One picture among its likes is not judged as it is among others.
    same, other = (head(x)[0] for x in layers)
    assert not torch.allclose(same, other)


def test_collapsed_pictures_are_told_by_the_deviation_alone():
    torch.manual_seed(0)
    advisor = VisionAidedDiscriminator(whole=True)
    faces = torch.rand(8, 3, 32, 32)
    learner = torch.optim.Adam(advisor.parameters(), 0.01)
    for i in range(40):  # each batch of fakes repeats one picture, another each time
        fake = faces[i % 8].expand(8, -1, -1, -1)
        loss = VisionAidedLoss(advisor, faces, fake).discriminator()
        learner.zero_grad()
        loss.backward()
        learner.step()
    varied, alike = (
        advisor.heads["relu5_1"](extract_features(x, ["relu5_1"])["relu5_1"]).mean()
        for x in (faces, faces[3].expand(8, -1, -1, -1))
    )
    assert varied > alike + 0.5


def test_a_head_neither_comes_nor_goes_on_the_way():
    config = toys.config("stylegan2", vision_aided=1.0)
    with pytest.raises(ValueError, match="vision_aided_whole"):
        apply_changes(config, {"vision_aided_whole": True})


@pytest.mark.parametrize(("before", "after"), [(0.0, 1.0), (1.0, 0.0)])
def test_an_advisor_neither_comes_nor_goes_on_the_way(before, after):
    config = toys.config("stylegan2", vision_aided=before)
    with pytest.raises(ValueError, match=mentions(f"vision_aided {before:g} {after:g}")):
        apply_changes(config, {"vision_aided": after})
    less = apply_changes(toys.config("stylegan2", vision_aided=1.0), {"vision_aided": 0.5})
    assert less == toys.config("stylegan2", vision_aided=0.5)
