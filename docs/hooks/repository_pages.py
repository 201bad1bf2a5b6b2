"""MkDocs hook: pages for documents outside docs/, and links of pages to them.

Links in Markdown files are paths in the repository, so that they also work where the repository is browsed.
"""

import logging
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
# A warning ends a strict build.
LOG = logging.getLogger("mkdocs.hooks.repository_pages")
HREF = re.compile(r'href="(?P<path>[^":#]+\.md)(?P<anchor>#[^"]*)?"')
LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]*)\]\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


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
    """Replaces links that leave or enter docs/ by links between pages, or by their text if there is no page.

    Args:
        markdown: text of the page.
        page: the page.

    Returns:
        The text, with links relative to the page.
    """
    here = posixpath.dirname(page.file.src_uri)

    def renew(link: re.Match[str]) -> str:
        name = _page_of(link["path"], page)
        if name.startswith(".."):
            return link["text"]
        return f"[{link['text']}]({posixpath.relpath(name, here or '.')}{link['anchor'] or ''})"

    return LINK.sub(renew, markdown)


def on_page_content(html: str, page: Page, files: Files, **_: Any) -> str:
    """Replaces links to Markdown files in notebooks, which MkDocs does not convert.

    Args:
        html: content of the page.
        page: the page.
        files: files of the site.

    Returns:
        The content, with links to pages.
    """
    if not page.file.src_uri.endswith(".ipynb"):
        return html

    def renew(link: re.Match[str]) -> str:
        target = files.get_file_from_path(_page_of(link["path"], page))
        if target is None:
            LOG.warning("%s links to %s, which is no page", page.file.src_uri, link["path"])
            return link[0]
        return f'href="{target.url_relative_to(page.file)}{link["anchor"] or ""}"'

    return HREF.sub(renew, html)


def _page_of(path: str, page: Page) -> str:
    """Source path of the page that a link leads to, relative to docs/."""
    sources = {target: source for source, target in PAGES.items()}
    origin = sources.get(page.file.src_uri, posixpath.join(DOCS, page.file.src_uri))
    target = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
    return PAGES.get(target) or posixpath.relpath(target, DOCS)
