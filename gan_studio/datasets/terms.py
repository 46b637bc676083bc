"""Terms, repositories on the Hub and subjects of the known data sets."""

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
    "coloured-digits": "Optical Recognition of Handwritten Digits (Alpaydin & Kaynak, UCI, CC BY "
    "4.0), as in scikit-learn, in colours; the captions are made by a grammar.",
    "coloured-mnist": "MNIST (LeCun, Cortes & Burges), the 60,000 training digits, in colours; the "
    "captions are made by a grammar.",
    "fashion-mnist": "Fashion-MNIST (Xiao, Rasul & Vollgraf, Zalando), the 60,000 training "
    "pictures; MIT.",
    "avatars": "464 avatars of Open Peeps (Pablo Stanley, CC0 1.0), drawn by DiceBear with dark "
    "and with blond hair; they show nobody.",
    "celeba-hair": "young women of CelebA (Liu, Luo, Wang & Tang, 2015) with black and with blond "
    "hair, for non-commercial research only; no picture of it may be passed on.",
    "photos-flowers-faces": "1,000 natural photographs, the 200 of BSDS500’s training set "
    "(Arbeláez et al., 2011), 1,500 photographs of flowers and 1,500 faces of CelebA (Liu, Luo, "
    "Wang & Tang, 2015), for non-commercial research only; no picture of it may be passed on.",
    "faces-256": "3,000 faces of CelebA (Liu, Luo, Wang & Tang, 2015), enlarged by srgan-photos to "
    "256 pixels, for non-commercial research only; no picture of it may be passed on.",
    "photos-sr": "1,000 natural photographs and the 200 of BSDS500’s training set (Arbeláez "
    "et al., 2011); research.",
    "maps": "the data set maps of pix2pix (Isola et al., 2017): aerial photographs and maps of New "
    "York from Google Maps; research.",
    "spoken-digits": "the Free Spoken Digit Dataset (Jackson et al., 2018; CC BY-SA 4.0): six "
    "speakers say 0 to 9 fifty times; spectrograms of 2,700 takes.",
    "speech": "sentences said by the synthesiser flite (Carnegie Mellon University) in its voices "
    "slt, rms, awb and kal, and 360 takes of the Free Spoken Digit Dataset (CC BY-SA 4.0).",
    "celeba": "CelebA (Liu, Luo, Wang & Tang, 2015), aligned faces of celebrities, for "
    "non-commercial research only; no picture of it may be passed on.",
}
SHAREABLE = (
    *("digits", "mnist", "fashion-mnist", "avatars", "coloured-digits", "coloured-mnist"),
    *("spoken-digits", "speech"),
)
"""data sets whose pictures may be passed on"""
SUBJECTS = {
    "digits": "digits",
    "mnist": "digits",
    "coloured-digits": "digits",
    "coloured-mnist": "digits",
    "fashion-mnist": "clothes",
    "spoken-digits": "sounds",
    "speech": "sounds",
    "celeba": "faces",
    "celeba-hair": "faces",
    "faces-256": "faces",
}
"""data set -> what its pictures show"""


def is_smooth(dataset: str, channels: int) -> bool:
    """Whether pictures of a data set are enlarged smoothly, as photographs are.

    Digits keep sharp pixels; of an unknown data set the pictures in grey do.
    """
    return SUBJECTS[dataset] != "digits" if dataset in SUBJECTS else channels == 3
