// TwiML indented and coloured, as elements. It is never parsed as HTML.

import { element } from "./elements.js";

const INDENT = "  ";

// Returns a <pre> with the document; malformed XML is shown unchanged.
export function showTwiml(text) {
  const parsed = new DOMParser().parseFromString(text.trim(), "text/xml");
  const block = element("pre", { class: "code", tabindex: "0", role: "group", "aria-label": "TwiML" });
  if (parsed.querySelector("parsererror")) block.append(text);
  else block.append(...lines(parsed.documentElement, ""));
  return block;
}

export function showJson(text, name = "Answer") {
  const block = element("pre", { class: "code", tabindex: "0", role: "group", "aria-label": name });
  try {
    block.append(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    block.append(text);
  }
  return block;
}

function lines(node, margin) {
  const children = [...node.childNodes].filter((child) => child.nodeType === 1 || child.textContent.trim());
  const open = [margin, mark("<"), colour("tag", node.nodeName), ...attributes(node)];
  if (!children.length) return [...open, mark("/>"), "\n"];
  const close = [mark("</"), colour("tag", node.nodeName), mark(">"), "\n"];
  if (children.every((child) => child.nodeType !== 1)) {
    return [...open, mark(">"), colour("text", node.textContent.trim().replace(/\s+/g, " ")), ...close];
  }
  const inner = children.flatMap((child) =>
    child.nodeType === 1 ? lines(child, margin + INDENT) : [margin, INDENT, colour("text", child.textContent.trim()), "\n"],
  );
  return [...open, mark(">"), "\n", ...inner, margin, ...close];
}

function attributes(node) {
  return [...node.attributes].flatMap(({ name, value }) => [
    " ",
    colour("name", name),
    mark("="),
    colour("value", `"${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`),
  ]);
}

const colour = (kind, text) => element("span", { class: `x-${kind}` }, text);
const mark = (text) => colour("mark", text);
