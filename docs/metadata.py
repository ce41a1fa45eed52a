"""Writes the metadata of a release: CITATION.cff, codemeta.json and ro-crate-metadata.json.

`python docs/metadata.py --released 2026-11-22` takes version, description, licence, keywords, Python and dependencies
from the package and pyproject.toml, title, authors and message from CITATION.cff, which it brings up to date. Without a
date that of CITATION.cff stays; `--check` writes nothing and fails if any of the three is not what it would be.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CITATION, CODEMETA, CRATE = "CITATION.cff", "codemeta.json", "ro-crate-metadata.json"
PARTS = {
    "README.md": "What it is, how it is installed and run",
    "LICENSE": "The licence",
    "CHANGELOG.md": "What changed, and whether results do",
    "CONTRIBUTING.md": "How it is built, tested and released; what reviewers ask for, and where it is",
    CITATION: "How to cite it",
    CODEMETA: "Metadata of the software, CodeMeta 3.0",
    "constraints.txt": "The versions of all packages with which it was tested",
    "influence_sim/": "The simulation, a Python package",
    "influence_sim/theatre/data/": "Actors, rules, parameters, claims and the record, with their sources",
    "influence_sim/analysis/plausible_worlds.npz": "Sets of assumptions that the record does not rule out",
    "scenarios/": "The shipped scenarios",
    "notebooks/": "Examples in Python",
    "tests/": "The tests, with an independent second implementation of the model",
    "docs/odd.md": "The model, by the ODD protocol",
    "docs/claims.md": "Verdicts on the claims of the article",
    "docs/credibility.md": "How far to believe it",
    "docs/fit.md": "The fit to the record",
    "docs/predictions/": "Predictions, frozen, a file for each model",
    "docs/score/": "An example of predictions and observations, to be scored",
}
"""Files and folders of a release that its RO-Crate names."""
TEXT = "text/plain"
FORMATS = {".md": "text/markdown", ".json": "application/json", ".cff": "application/yaml", ".npz": "application/zip"}


def project() -> dict[str, Any]:
    """What pyproject.toml and the package say: the table `project`, with its version."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "influence_sim" / "_version.py").read_text(encoding="utf-8")
    (version,) = re.findall(r'__version__ = "(.+)"', text)
    return {**found, "version": version}


def citation(released: str | None) -> dict[str, Any]:
    """CITATION.cff, brought up to date."""
    kept: dict[str, Any] = yaml.load((ROOT / CITATION).read_text(encoding="utf-8"), yaml.BaseLoader)
    about = project()
    own = {"version": about["version"], "license": about["license"], "abstract": f"{about['description']}."}
    return {**kept, **own, "keywords": about["keywords"], "date-released": released or kept["date-released"]}


def codemeta(cited: dict[str, Any]) -> dict[str, Any]:
    """The software by CodeMeta 3.0."""
    about = project()
    return {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": about["name"],
        "alternateName": cited["title"],
        "description": about["description"],
        "version": about["version"],
        "datePublished": cited["date-released"],
        "license": licence(about),
        "author": [{"@type": "Organization", "name": author["name"]} for author in cited["authors"]],
        "keywords": about["keywords"],
        "applicationCategory": "agent-based model",
        "developmentStatus": "active",
        "programmingLanguage": {"@type": "ComputerLanguage", "name": "Python", "version": about["requires-python"]},
        "softwareRequirements": sorted(about["dependencies"], key=str.lower),
        "readme": "README.md",
    }


def crate(cited: dict[str, Any]) -> dict[str, Any]:
    """The release as an RO-Crate 1.1: its root, what lies in it, and who made it."""
    about = project()
    authors = [{"@id": f"#{author['name'].replace(' ', '_')}"} for author in cited["authors"]]
    by = authors[0] if len(authors) == 1 else authors  # a single value is no list, as the specification recommends
    common = {"license": {"@id": licence(about)}, "author": by, "version": about["version"]}
    graph: list[dict[str, Any]] = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": cited["title"],
            "description": f"{about['description']}.",
            "datePublished": cited["date-released"],
            "keywords": ", ".join(about["keywords"]),
            **common,
            "publisher": authors[0],
            "mainEntity": {"@id": "influence_sim/"},
            "hasPart": [{"@id": name} for name in PARTS],
        },
        {"@id": licence(about), "@type": "CreativeWork", "name": f"{about['license']} License"},
        {"@id": "#python", "@type": "ComputerLanguage", "name": "Python", "version": about["requires-python"]},
    ]
    pairs = zip(authors, cited["authors"], strict=True)
    graph += [{**ref, "@type": "Organization", "name": author["name"]} for ref, author in pairs]
    for name, words in PARTS.items():
        entity: dict[str, Any] = {"@id": name, "@type": "Dataset" if name.endswith("/") else "File", "name": words}
        if name == "influence_sim/":
            entity |= {"@type": ["Dataset", "SoftwareSourceCode"], "programmingLanguage": {"@id": "#python"}, **common}
        elif not name.endswith("/"):
            entity["encodingFormat"] = FORMATS.get(Path(name).suffix, TEXT)
        graph.append(entity)
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}


def licence(about: dict[str, Any]) -> str:
    """Its licence in the list of SPDX."""
    return f"https://spdx.org/licenses/{about['license']}"


def files(released: str | None = None) -> dict[str, str]:
    """The three files, by their names."""
    cited = citation(released)
    said = yaml.safe_dump(cited, sort_keys=False, allow_unicode=True, width=100)
    # dates and versions are text that need no quotes in this format
    texts = {CITATION: re.sub(r"'(\d[\d.-]*)'", r"\1", said)}
    for name, document in ((CODEMETA, codemeta(cited)), (CRATE, crate(cited))):
        texts[name] = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return texts


def main() -> int:
    """Writes or checks; the exit status is 1 if `--check` finds a file that is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--released", type=date.fromisoformat, metavar="YYYY-MM-DD", help="when; as it is by default")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    made = files(given.released and given.released.isoformat())
    stale = [n for n, t in made.items() if not (ROOT / n).is_file() or (ROOT / n).read_text(encoding="utf-8") != t]
    for name in () if given.check else stale:
        (ROOT / name).write_text(made[name], encoding="utf-8", newline="\n")
    word = "stale" if given.check else "renewed"
    print("\n".join(f"{word}: {name}" for name in stale) or "everything is current")
    return int(given.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
