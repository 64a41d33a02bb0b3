/* Progressive enhancement only: every page works without this file. */
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/* Menus: Escape and a click outside close them; one is open at a time. */
function closeMenus(except) {
  for (const menu of all("details.menu[open]")) if (menu !== except) menu.open = false;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details.menu[open]");
    if (open) {
      closeMenus();
      open.querySelector("summary").focus();
    }
    return;
  }
  const typing = closest(event, "input, select, textarea, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.querySelector("[data-search-key]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
});

/* Copy buttons: the text of [data-copy-source] or of the code in the same box. */
async function copy(button) {
  const box = button.closest("[data-copybox]");
  const source = box.querySelector("input, textarea, pre, code");
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const words = button.querySelector("[data-copy-text]");
  words.dataset.before ??= words.textContent;
  words.textContent = "Copied";
  setTimeout(() => { words.textContent = words.dataset.before; }, 2000);
}

document.addEventListener("click", (event) => {
  closeMenus(closest(event, "details.menu"));
  const copier = closest(event, "[data-copy]");
  if (copier) copy(copier);
  const dismisser = closest(event, "[data-dismiss]");
  if (dismisser) dismisser.closest(".toast").remove();
});

/* Suggestions: a listbox under a search field. Arrow keys move through it, Enter opens, Escape closes. */
function suggest(field) {
  const box = document.getElementById(field.dataset.suggests);
  const options = () => all("a[role=option]", box);
  let chosen = -1;

  function show(open) {
    box.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (!open) choose(-1);
  }

  function choose(index) {
    chosen = index;
    options().forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const option = options()[index];
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  }

  for (const [name, value] of [["role", "combobox"], ["aria-controls", box.id], ["aria-autocomplete", "list"]]) field.setAttribute(name, value);
  show(false);
  box.addEventListener("htmx:afterSwap", () => { chosen = -1; show(field.value !== "" && box.childElementCount > 0); });
  field.addEventListener("focus", () => show(field.value !== "" && box.childElementCount > 0));
  field.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape" && !box.hidden) {
      event.preventDefault();
      event.stopPropagation();
      show(false);
    } else if (!box.hidden && count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(chosen < 0 && step < 0 ? count - 1 : (chosen + step + count) % count);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      options()[chosen].click();
    }
  });
  document.addEventListener("click", (event) => { if (!field.form.contains(event.target)) show(false); });
  field.form.addEventListener("focusout", (event) => { if (!field.form.contains(event.relatedTarget)) show(false); });
}

/* Preferences: the theme shows at once, and the browser's own zone is offered. */
function showTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

document.addEventListener("change", (event) => {
  if (closest(event, "input[name=theme]")) showTheme(event.target.value);
});

function offerZone(row) {
  const field = document.getElementById(row.dataset.browserZone);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || field.value === zone) return;
  row.querySelector("[data-zone-name]").textContent = zone;
  field.closest(".field").append(row);
  row.hidden = false;
  row.querySelector("button").addEventListener("click", () => {
    field.value = zone;
    row.hidden = true;
    field.focus();
  });
}

/* What only works with this file appears with it, also in what htmx put in place. */
function reveal(root) {
  for (const shown of all("[data-dismiss], [data-needs-script]", root)) shown.hidden = false;
  if (navigator.clipboard) for (const button of all("[data-copy]", root)) button.hidden = false;
}

reveal(document);
document.addEventListener("htmx:afterSettle", () => {
  reveal(document);
  // What changed without a new page is said to those who do not see it.
  for (const said of all("[data-said-of]")) said.textContent = document.getElementById(said.dataset.saidOf)?.textContent ?? "";
});
for (const field of all("[data-suggests]")) suggest(field);
for (const row of all("[data-browser-zone]")) offerZone(row);
