"""Terms of the known data sets, and their names on the Hub."""

HUB_NAMES = {
    "mnist": "ylecun/mnist",
    "fashion-mnist": "zalando-datasets/fashion_mnist",
    "celeba": "flwrlabs/celeba",
}
"""data set -> repository on the Hub"""
TERMS = {
    "digits": "Optical Recognition of Handwritten Digits (Alpaydin & Kaynak, UCI, CC BY 4.0), "
    "as in scikit-learn.",
    "mnist": "MNIST (LeCun, Cortes & Burges), the 60,000 training digits; a research standard.",
    "fashion-mnist": "Fashion-MNIST (Xiao, Rasul & Vollgraf, Zalando), the 60,000 training "
    "pictures; MIT.",
    "celeba": "CelebA (Liu, Luo, Wang & Tang, 2015), aligned faces of celebrities, for "
    "non-commercial research only; no picture of it may be passed on.",
}
