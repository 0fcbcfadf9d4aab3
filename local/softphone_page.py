"""The softphone's page on a developer's machine: its SDK connects to the stand-in instead of Twilio.

The page's answer gets one script tag before its scripts, and a Content-Security-Policy in which the stand-in replaces
Twilio's hosts. The app itself is unchanged.
"""

from __future__ import annotations

import json

from aiohttp import web

from local.functions_host.amendments import Amendments, LocalFile

PAGE = "/api/client"
SCRIPT = "/api/client/local.js"
POLICY = "Content-Security-Policy"
DIRECTIVE = "connect-src"
# The links of the page begin with `client/`, also where a gateway adds a path.
TAG = '<script src="client/local.js"></script>\n'
FIRST_SCRIPT = "<script"

SOURCE = """// On this machine the SDK's signalling is the stand-in's, and the page links to the others.
// `make run` serves this file, Azure does not.
(() => {
  const standin = STANDIN;
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(url, protocols) {
      const isSignalling = /^wss:\\/\\/[^/]+\\/signal$/.test(String(url));
      super(isSignalling ? standin : url, ...(protocols === undefined ? [] : [protocols]));
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    const pages = document.createElement("nav");
    pages.className = "pages";
    pages.lang = "en";
    pages.setAttribute("aria-label", "Pages");
    for (const [name, url] of [["Phone", PHONE + "/"], ["Twimlets", PHONE + "/twimlets"], ["Softphone", ""]]) {
      const link = document.createElement("a");
      link.href = url;
      link.textContent = name;
      if (!url) link.setAttribute("aria-current", "page");
      pages.append(link);
    }
    document.querySelector(".masthead .tools")?.before(pages);
  });
})();
"""


def amendments(standin_url: str) -> Amendments:
    """Return the page's changes for a stand-in at this URL."""
    address = standin_url.replace("http", "ws", 1)
    source = SOURCE.replace("STANDIN", json.dumps(f"{address}/signal")).replace("PHONE", json.dumps(standin_url))

    def change(response: web.Response) -> None:
        if response.content_type == "text/html" and response.text is not None:
            response.text = with_script(response.text)
        if POLICY in response.headers:
            response.headers[POLICY] = with_standin(response.headers[POLICY], address)

    return Amendments(files={SCRIPT: LocalFile("text/javascript", source)}, changes={PAGE: change})


def with_script(page: str) -> str:
    """Return the page with the tag before its first script."""
    return page.replace(FIRST_SCRIPT, TAG + FIRST_SCRIPT, 1)


def with_standin(policy: str, address: str) -> str:
    """Return the policy with this address instead of all hosts in connect-src."""
    directives = [directive.split() for directive in policy.split(";") if directive.strip()]
    return "; ".join(" ".join(_local(directive, address)) for directive in directives)


def _local(directive: list[str], address: str) -> list[str]:
    name, *sources = directive
    if name != DIRECTIVE:
        return directive
    return [name, *(source for source in sources if source.startswith("'")), address]
