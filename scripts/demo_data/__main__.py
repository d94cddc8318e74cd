"""``python -m scripts.demo_data``: write the sample estate to ``data/``, what has changed only."""

from __future__ import annotations

from scripts.demo_data.files import FOLDER, write_frame, write_text
from scripts.demo_data.outputs import frames_of, texts_of
from scripts.demo_data.sample import make_sample


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    sample = make_sample()
    written = {name: write_text(FOLDER / name, text) for name, text in texts_of(sample).items()}
    written |= {name: write_frame(FOLDER / name, frame) for name, frame in frames_of(sample).items()}
    for name, changed in sorted(written.items()):
        print(f"{'written  ' if changed else 'unchanged'}  {name}")


if __name__ == "__main__":
    main()
