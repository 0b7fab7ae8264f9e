"""Model cards: claims of the publisher of the weights."""

from llmpairs.spiders.registry.source import SLOW, Source

CARDS = (
    Source(
        id="huggingface_cards",
        title="Hugging Face model cards",
        kind="card",
        urls={
            "config": "https://huggingface.co/{repo}/raw/main/config.json",
            "quant": "https://huggingface.co/{repo}/raw/main/hf_quant_config.json",
            "readme": "https://huggingface.co/{repo}/raw/main/README.md",
            "model": "https://huggingface.co/api/models/{repo}",
        },
        homepage="https://huggingface.co/models",
        lineage="huggingface",
        terms="Each card is under its repository's licence; the facts read from it are named with their source.",
        terms_url="https://huggingface.co/terms-of-service",
        redistributable=None,
        lateness=SLOW,
        fewest_items=1,
        wave=2,
        # The size is counted from the tensors' headers, with scales and prediction heads, or rounded in the card's
        # text: DeepSeek-R1 counts 685 billion, its card states 671.
        basis={"parameters_total": "derived", "open_weights": "derived"},
        verified="capture",
        verified_note=(
            "86 config.json and 27 hf_quant_config.json of 2026-08-21; front matter and the models API as documented"
        ),
    ),
)
