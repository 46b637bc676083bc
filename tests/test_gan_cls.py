"""What a discriminator of text conditioning is taught beside the game."""

import pytest
import torch
from toys import config

from gan_studio.gans.families import gan_cls


@pytest.fixture
def gan() -> gan_cls.GANCLS:
    torch.manual_seed(0)
    return gan_cls.GANCLS(config("gan-cls"), 3, 4)


def test_what_traits_add_to_a_score_are_the_logits_of_a_classifier(gan):
    D = gan.discriminator
    phi, said = torch.randn(2, D.V.weight.shape[0]), torch.tensor([[1.0, -1, 0, 1], [0, 0, -1, 1]])
    assert torch.allclose((D.named(phi) * said).sum(1), D.match(phi, said), atol=1e-5)
    logits = D.named(phi).tolist()
    of_each = [
        sum(torch.tensor(-t * z).exp().log1p().item() for t, z in zip(ts, zs, strict=True) if t)
        for ts, zs in zip(said.tolist(), logits, strict=True)
    ]
    assert gan_cls.naming_loss(D, phi, said).item() == pytest.approx(sum(of_each) / 2, rel=1e-4)


def test_nothing_known_teaches_nothing(gan):
    phi = torch.randn(3, gan.discriminator.V.weight.shape[0], requires_grad=True)
    loss = gan_cls.naming_loss(gan.discriminator, phi, torch.zeros(3, 4))
    loss.backward()
    assert loss == 0
    assert not phi.grad.any()


def test_of_labels_every_class_is_known(gan):
    batch = {"image": torch.zeros(2, 3, 8, 8), "label": torch.tensor([1, 3])}
    assert gan.traits(batch).tolist() == [[-1, 1, -1, -1], [-1, -1, -1, 1]]
