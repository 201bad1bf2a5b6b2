"""MkDocs hook: pages for documents outside docs/, and links of pages to them.

Links in Markdown files are paths in the repository, so that they also work where the repository is browsed.
"""

import posixpath
import re
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# Pages of the site by path in the repository.
PAGES = {
    "weights/src/v2meow_weights/MODEL_CARD.md": "model-card.md",
    "weights/src/v2meow_weights/DATA_CARD.md": "data-card.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
DOCS = "docs"
LINK = re.compile(r"(?P<text>\]\()(?P<path>[^)#:\s]+\.md)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages.

    Args:
        files: files of the site.
        config: configuration of the site.

    Returns:
        The files with those of `PAGES`.
    """
    root = posixpath.dirname(config.config_file_path)
    for source, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=posixpath.join(root, source)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Replaces links that leave or enter docs/ by links between pages of the site.

    Args:
        markdown: text of the page.
        page: the page.

    Returns:
        The text, with links relative to the page.
    """
    sources = {target: source for source, target in PAGES.items()}
    origin = sources.get(page.file.src_uri, posixpath.join(DOCS, page.file.src_uri))
    here = posixpath.dirname(page.file.src_uri)

    def renew(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(origin), link["path"]))
        name = PAGES.get(target) or posixpath.relpath(target, DOCS)
        return f"{link['text']}{posixpath.relpath(name, here or '.')}{link['anchor'] or ''})"

    return LINK.sub(renew, markdown)
