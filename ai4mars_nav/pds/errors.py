"""The one error of products and bags: it names the file and the keyword."""

from __future__ import annotations

from pathlib import Path


class PdsError(ValueError):
    """A product, or a folder of them, that cannot be used."""

    def __init__(self, path: Path | str, keyword: str, text: str) -> None:
        super().__init__(f"{path}: {keyword}: {text}")
        self.path = Path(path)
        self.keyword = keyword
        self.text = text

    def __reduce__(self) -> tuple[type[PdsError], tuple[Path, str, str]]:
        return PdsError, (self.path, self.keyword, self.text)
