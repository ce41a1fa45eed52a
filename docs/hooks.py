"""Files outside docs/ that pages link to become pages of the site, so that a link holds there and on the code host."""

from __future__ import annotations

import json
import re
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!\w+:)([\w./-]+)(#[\w.-]+)?\)")
"""A link within the project: what is shown, where it leads, and the place there."""
IMAGE = re.compile(r"(!\[[^\]]*\]\()docs/")
KINDS = {".py": "python", ".yaml": "yaml", ".toml": "toml"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds a page for each file outside docs/ that a page links to, or that such a file links to.

    Raises:
        FileNotFoundError: there is no such file.
    """
    root = Path(config.config_file_path).parent
    waiting = [name for file in files.documentation_pages() for name in linked(f"docs/{file.src_uri}", root)]
    made: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in made or name.startswith("docs/") or (root / name).is_dir():
            continue
        made.add(name)
        page = File.generated(config, address(name), content=shown(root / name, name))
        page.inclusion = InclusionLevel.NOT_IN_NAV
        files.append(page)
        waiting += linked(name, root) if name.endswith(".md") else []
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links between files of the project into links between pages; one to a folder becomes its name."""
    root, here = Path(config.config_file_path).parent, page.file.src_uri
    source = source_of(here, root)

    def turned(link: re.Match[str]) -> str:
        target = normpath(join(dirname(source), link[2]))
        if (root / target).is_dir():
            return link[1]
        return f"[{link[1]}]({relpath(address(target), dirname(here) or '.')}{link[3] or ''})"

    return LINK.sub(turned, markdown if source.startswith("docs/") else IMAGE.sub(r"\1../", markdown))


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Mends what the theme leaves undone: a name of the search, and blocks and tables that the keyboard can scroll."""
    search = 'data-md-component="search" role="dialog"'
    output = output.replace(search, f'{search} aria-label="Search"')
    return output.replace("<pre><span>", '<pre tabindex="0"><span>').replace("<table>", '<table tabindex="0">')


def linked(name: str, root: Path) -> list[str]:
    """The files of the project that a Markdown file links to, as paths from the project's folder."""
    text = (root / name).read_text(encoding="utf-8")
    return [normpath(join(dirname(name), link)) for _, link, _ in LINK.findall(text)]


def address(name: str) -> str:
    """Where the site has a file of the project."""
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    return f"files/{name.lstrip('.')}.md".replace(".md.md", ".md")


def source_of(page: str, root: Path) -> str:
    """The file of the project that a page shows."""
    if not page.startswith("files/"):
        return f"docs/{page}"
    name = page.removeprefix("files/")
    return name if (root / name).is_file() else name.removesuffix(".md")


def shown(path: Path, name: str) -> str:
    """A file as a page: Markdown as it is, a notebook cell by cell, anything else as code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    if path.suffix == ".ipynb":
        return "\n\n".join(_cell(cell) for cell in json.loads(text)["cells"])
    return f"# {name}\n\n````{KINDS.get(path.suffix, 'text')}\n{text}\n````\n"


def _cell(cell: dict[str, Any]) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source.replace("](../docs/", "](../../")  # a page of the site lies in files/notebooks
    return "\n\n".join([f"```python\n{source}\n```", *filter(None, map(_output, cell["outputs"]))])


def _output(output: dict[str, Any]) -> str:
    """What a cell of a notebook has shown: a picture, else a table, else text."""
    shown = output.get("data", {"text/plain": output.get("text", "")})
    if "image/png" in shown:
        data = "".join(shown["image/png"]).strip()
        return f'<img alt="Picture drawn by the cell above" src="data:image/png;base64,{data}">'
    if "text/html" in shown:  # without empty lines, at which Markdown would take it for over
        lines = "".join(shown["text/html"]).splitlines()
        return '<div class="shown" tabindex="0">' + "\n".join(line for line in lines if line.strip()) + "</div>"
    text = "".join(shown.get("text/plain", "")).rstrip()
    return f"``` {{.text .printed}}\n{text}\n```" if text else ""
