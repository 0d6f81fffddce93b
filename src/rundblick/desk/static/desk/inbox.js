// The inbox: cases chosen by key, mouse and range; the case beside its list. Without it a form and links do the same.
(function () {
  "use strict";
  var tools = window.rundblick;
  var all = tools.all, one = tools.one;
  var WIDE = window.matchMedia("(min-width: 1280px)");
  var CHOICE = "rundblick.choice", PLACE = "rundblick.place";
  var bar = document.getElementById("rb-bulk");
  var query = bar ? bar.dataset.rbBulk : "";
  var chosen = [], anchor = null;

  function kept(name, value) {
    try {
      if (value === undefined) { return JSON.parse(sessionStorage.getItem(name) || "null"); }
      if (value === null) { sessionStorage.removeItem(name); } else { sessionStorage.setItem(name, JSON.stringify(value)); }
    } catch (fault) { /* a private window */ }
    return null;
  }
  function rows() { return all("#rb-inbox tr[data-rb-case]"); }
  function box(row) { return one("input[name=case]", row); }
  function link(row) { return one(".rb-open", row); }
  function rowHere() { var at = document.activeElement; return at && at.closest ? at.closest("#rb-inbox tr[data-rb-case]") : null; }

  // --- choosing ------------------------------------------------------------------------------------------------------
  function told() {
    var boxes = rows().map(box);
    chosen = boxes.filter(function (each) { return each.checked; }).map(function (each) { return each.value; });
    boxes.forEach(function (each) { each.closest("tr").classList.toggle("rb-chosen-row", each.checked); });
    var every = one("[data-rb-choose-all]");
    if (every) { every.checked = boxes.length > 0 && chosen.length === boxes.length; every.indeterminate = chosen.length > 0 && !every.checked; }
    if (!bar) { return; }
    bar.hidden = chosen.length === 0;
    var n = one("[data-rb-chosen]", bar);
    n.textContent = chosen.length === 1 ? n.dataset.one : n.dataset.more.replace("#", chosen.length);
    kept(CHOICE, chosen.length ? { query: query, cases: chosen } : null);
  }
  function choose(row, on) { box(row).checked = on; anchor = row.dataset.rbCase; }
  function range(to, on) {
    var list = rows(), from = list.findIndex(function (row) { return row.dataset.rbCase === anchor; }), end = list.indexOf(to);
    if (from < 0) { from = end; }
    list.slice(Math.min(from, end), Math.max(from, end) + 1).forEach(function (row) { box(row).checked = on; });
  }
  function none() { rows().forEach(function (row) { box(row).checked = false; }); told(); }
  function again(cases) {
    rows().forEach(function (row) { box(row).checked = cases.indexOf(row.dataset.rbCase) >= 0; });
    told();
  }
  document.addEventListener("click", function (event) {
    if (event.target.matches("[data-rb-choose-all]")) {
      var on = event.target.checked;
      rows().forEach(function (row) { box(row).checked = on; });
      told();
    } else if (event.target.matches("#rb-inbox input[name=case]")) {
      var row = event.target.closest("tr");
      if (event.shiftKey && anchor) { range(row, event.target.checked); }
      anchor = row.dataset.rbCase;
      told();
    } else if (event.target.closest("[data-rb-choose-none]")) {
      none();
      toRow(0);
    }
  });
  function toRow(at) {
    var list = rows();
    if (list.length) { link(list[Math.min(Math.max(at, 0), list.length - 1)]).focus({ preventScroll: false }); }
  }

  // --- deeds on the chosen ones ---------------------------------------------------------------------------------------
  function remember() {
    var first = rows().findIndex(function (row) { return box(row).checked; });
    kept(PLACE, { query: query, at: Math.max(first, 0), when: Date.now() });
    kept(CHOICE, { query: query, cases: chosen, sent: bar.elements.key.value });
    bar.elements.next.value = location.pathname + location.search;
  }
  if (bar) {
    bar.addEventListener("submit", function (event) {
      var button = event.submitter;
      remember();
      if (!button || button.dataset.rbAsks === undefined) { return; }
      event.preventDefault();
      var data = new FormData(bar);
      data.set("kind", button.value);
      fetch(bar.action, { method: "POST", body: data, headers: { "HX-Request": "true" } }).then(function (answer) {
        var to = answer.headers.get("HX-Redirect");
        if (to || answer.redirected) { location.href = to || answer.url; return; }
        return answer.text().then(function (text) {
          var part = document.getElementById("rb-dialog-part");
          part.innerHTML = text;
          window.htmx.process(part);
          tools.openDialog(document.getElementById("rb-dialog"), button);
        });
      }).catch(function () { tools.connection(false); });
    });
  }
  // The deed was done: its cases are chosen no more, and the focus is where they were.
  var was = kept(CHOICE), deed = document.getElementById("rb-just-done"), place = kept(PLACE);
  if (was && deed && was.sent && deed.dataset.rbDeed === was.sent) { kept(CHOICE, null); was = null; }
  if (was && was.query === query) { again(was.cases); } else if (bar) { told(); }
  if (place) {
    kept(PLACE, null);
    if (place.query === query && Date.now() - place.when < 60000) { toRow(place.at); }
  }

  // --- the case beside the list ---------------------------------------------------------------------------------------
  var pane = document.getElementById("rb-beside"), part = document.getElementById("rb-beside-part");
  var open = pane.dataset.rbBeside, soon = 0;
  function addressOf(uuid) {
    var at = new URL(location.href);
    if (uuid) { at.searchParams.set("case", uuid); } else { at.searchParams.delete("case"); }
    return at.pathname + at.search;
  }
  function mark() {
    rows().forEach(function (row) {
      var is = row.dataset.rbCase === open;
      row.classList.toggle("rb-open-row", is);
      if (is) { link(row).setAttribute("aria-current", "true"); row.classList.remove("rb-unread"); } else { link(row).removeAttribute("aria-current"); }
    });
  }
  function toasts() {
    all("[data-rb-toasts] > *", part).forEach(function (toast) {
      one(".rb-toasts").appendChild(toast);
      if (toast.dataset.rbFades !== undefined) { setTimeout(function () { toast.hidden = true; }, 8000); }
    });
  }
  function show(text) {
    var at = part.contains(document.activeElement);
    part.innerHTML = text;
    window.htmx.process(part);
    tools.begin(part);
    toasts();
    var main = one(".rb-case-main", part);
    if (main && main.getBoundingClientRect().bottom > pane.getBoundingClientRect().bottom) {
      pane.scrollTop += main.getBoundingClientRect().bottom - pane.getBoundingClientRect().bottom;
    }
    if (at) { pane.focus({ preventScroll: true }); }
    document.dispatchEvent(new CustomEvent("rb:beside", { detail: { part: part } }));
  }
  function refreshList() {
    var list = document.getElementById("rb-inbox");
    if (list && list.dataset.rbLive) { window.htmx.trigger(list, "rb-refresh"); }
  }
  function fetchCase(uuid) {
    return fetch("/cases/" + uuid + "/", { headers: { "X-Rundblick-Beside": "1" }, cache: "no-store" }).then(function (answer) {
      var at = new URL(answer.url).pathname;
      if (at.indexOf("/cases/") !== 0) { location.href = answer.url; return; }
      if (answer.status === 404) { close(true); refreshList(); return; }
      return answer.text().then(function (text) { if (open === uuid) { show(text); } });
    }).catch(function () { tools.connection(false); });
  }
  function openBeside(uuid, how) {
    open = uuid;
    pane.hidden = false;
    document.body.classList.add("rb-has-beside");
    one("[data-rb-whole]", pane).href = "/cases/" + uuid + "/";
    if (how === "push") { history.pushState({ rbBeside: uuid }, "", addressOf(uuid)); }
    if (how === "replace") { history.replaceState({ rbBeside: uuid }, "", addressOf(uuid)); }
    mark();
    clearTimeout(soon);
    soon = setTimeout(function () { fetchCase(uuid); }, how === "replace" ? 120 : 0);
  }
  function close(push) {
    var row = rows().find(function (each) { return each.dataset.rbCase === open; });
    open = "";
    pane.hidden = true;
    part.innerHTML = "";
    document.body.classList.remove("rb-has-beside");
    mark();
    if (push) { history.pushState({ rbBeside: "" }, "", addressOf("")); }
    if (row) { link(row).focus({ preventScroll: true }); }
  }
  window.addEventListener("popstate", function () {
    var uuid = new URL(location.href).searchParams.get("case") || "";
    if (uuid && WIDE.matches) { if (uuid !== open) { openBeside(uuid, ""); } } else if (open) { close(false); }
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-rb-beside-close]")) { close(true); return; }
    var to = event.target.closest("#rb-inbox .rb-open");
    // a click, not the Enter key (that has no detail): Enter opens the case as a page
    if (!to || !event.detail || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !WIDE.matches) { return; }
    event.preventDefault();
    to.focus({ preventScroll: true });
    openBeside(to.closest("tr").dataset.rbCase, open ? "replace" : "push");
  });
  // What is sent from the case beside the list comes back beside the list.
  part.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) { return; }
    event.preventDefault();
    var to = button && button.hasAttribute("formaction") ? button.formAction : form.action;
    var multipart = form.enctype === "multipart/form-data";
    var data = new FormData(form, button);
    var uuid = open;
    fetch(to, { method: "POST", body: multipart ? data : new URLSearchParams(data), headers: { "X-Rundblick-Beside": "1" } })
      .then(function (answer) {
        var at = new URL(answer.url).pathname;
        if (at.indexOf("/cases/") !== 0) { location.href = answer.url; return; }
        return answer.text().then(function (text) {
          if (open === uuid) { show(text); }
          refreshList();
        });
      })
      .catch(function () { tools.connection(false); });
  });
  document.body.addEventListener("htmx:beforeOnLoad", function (event) {
    var to = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (!to || !open || to.indexOf("/cases/" + open + "/") !== 0) { return; }
    event.preventDefault();
    all("dialog[open]").forEach(function (dialog) { dialog.close(); });
    fetchCase(open);
    refreshList();
  });
  document.body.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id !== "rb-inbox" && !document.getElementById("rb-inbox").contains(event.detail.target)) { return; }
    again(chosen);
    mark();
  });
  if (open && WIDE.matches) { openBeside(open, ""); } else if (open) { close(false); }

  // --- keys: before those of every page, since what is chosen goes first ------------------------------------------------
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (typing || event.target.isContentEditable || one("dialog[open]") || tools.keysOff() || tools.waiting()) { return; }
    var here = rowHere(), list = rows(), at = here ? list.indexOf(here) : -1;
    var used = true;
    if (event.key === "x" && here) {
      choose(here, !box(here).checked);
      told();
    } else if ((event.key === "J" || event.key === "K") && list.length) {
      var next = list[Math.min(Math.max(at + (event.key === "J" ? 1 : -1), 0), list.length - 1)];
      if (here && !box(here).checked) { choose(here, true); }
      if (anchor === null) { anchor = (here || next).dataset.rbCase; }
      box(next).checked = true;
      link(next).focus();
      told();
      if (open) { openBeside(next.dataset.rbCase, "replace"); }
    } else if (event.key === "*" && list.length) {
      list.forEach(function (row) { box(row).checked = true; });
      told();
    } else if (event.key === "Escape" && chosen.length) {
      none();
    } else if (event.key === "Escape" && open) {
      close(true);
    } else if (event.key === "o" && here && WIDE.matches) {
      openBeside(here.dataset.rbCase, open ? "replace" : "push");
    } else if ((event.key === "j" || event.key === "k") && open && list.length) {
      if (at < 0) { at = list.findIndex(function (row) { return row.dataset.rbCase === open; }); }
      var to = list[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), list.length - 1)];
      link(to).focus();
      to.scrollIntoView({ block: "nearest" });
      openBeside(to.dataset.rbCase, "replace");
    } else if (bar && here && !chosen.length && !open && /^[thelw]$/.test(event.key)) {
      var button = one('[data-rb-key="' + event.key + '"]', bar);
      if (button) { choose(here, true); told(); button.click(); } else { used = false; }
    } else {
      used = false;
    }
    if (used) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
})();
