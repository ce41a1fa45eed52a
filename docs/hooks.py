"""Files outside docs/ that pages link to become pages of the site, so that a link holds there and on the code host."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

OUTSIDE = re.compile(r"\]\(\.\./([\w./-]+)(#[\w.-]+)?\)")
"""A link that leaves docs/."""
KINDS = {".py": "python", ".yaml": "yaml", ".toml": "toml"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds a page for each file that is linked to and lies outside.

    Raises:
        FileNotFoundError: there is no such file.
    """
    root = Path(config.config_file_path).parent
    linked = {name for file in files.documentation_pages() for name, _ in OUTSIDE.findall(file.content_string)}
    for name in sorted(linked):
        page = File.generated(config, _address(name), content=shown(root / name, name))
        page.inclusion = InclusionLevel.NOT_IN_NAV
        files.append(page)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links to files outside into links to their pages."""
    return OUTSIDE.sub(lambda link: f"]({_address(link[1])}{link[2] or ''})", markdown)


def _address(name: str) -> str:
    return f"files/{name.lstrip('.')}.md".replace(".md.md", ".md")


def shown(path: Path, name: str) -> str:
    """A file as a page: Markdown as it is, a notebook cell by cell, anything else as code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    if path.suffix == ".ipynb":
        return "\n\n".join(_cell(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"])
    return f"# {name}\n\n````{KINDS.get(path.suffix, 'text')}\n{text}\n````\n"


def _cell(kind: str, source: str) -> str:
    return source if kind == "markdown" else f"```python\n{source}\n```"
