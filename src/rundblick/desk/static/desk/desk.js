// What the pages cannot do alone: keys, dialogs, live parts, frames that fit. Everything works without it, slower.
(function () {
  "use strict";
  var body = document.body;
  var KEYS_OFF = "rundblick.keys.off";
  var POLL_MS = 15000;

  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function one(selector, within) { return (within || document).querySelector(selector); }
  function writing(element) { return element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName)); }

  // --- dialogs: opened by any element with data-rb-dialog="id"; the focus comes back to it ----------------------
  function openDialog(dialog, opener) {
    if (!dialog || dialog.open) { return; }
    dialog.rbOpener = opener || document.activeElement;
    dialog.showModal();
    var first = one("[autofocus], input:not([type=hidden]), select, textarea, button:not(.rb-close)", dialog);
    if (first) { first.focus(); }
  }
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-rb-dialog]");
    if (opener) {
      event.preventDefault();
      openDialog(document.getElementById(opener.dataset.rbDialog), opener);
      return;
    }
    var closer = event.target.closest("[data-rb-close]");
    if (closer) { closer.closest("dialog").close(); return; }
    if (event.target.matches("dialog.rb-dialog")) { event.target.close(); }
    all("details.rb-me[open]").forEach(function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
  });
  document.addEventListener("close", function (event) {
    var back = event.target.rbOpener;
    if (back && back.isConnected) { back.focus(); }
  }, true);
  // only once its forms are bound: who presses Enter at once sends them as they are meant
  body.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.target.id === "rb-dialog-part") { openDialog(document.getElementById("rb-dialog")); }
  });
  body.addEventListener("htmx:afterSwap", fitFrames);
  // A form that comes back with faults is shown; everything else that failed is said.
  body.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });

  // --- choices that are kept: theme, language ---------------------------------------------------------------------
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-rb-theme]");
    if (!button) { return; }
    event.preventDefault();
    window.rundblickTheme(button.dataset.rbTheme);
    all("[data-rb-theme]").forEach(function (other) {
      other.setAttribute("aria-pressed", String(other.dataset.rbTheme === button.dataset.rbTheme));
    });
    var form = button.closest("form");
    if (form) {
      var data = new FormData(form);
      data.set("theme", button.dataset.rbTheme);
      fetch(form.action, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
    }
  });
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-rb-auto]");
    if (form) { form.requestSubmit(); }
  });

  document.addEventListener("click", function (event) {
    var fill = event.target.closest("[data-rb-fill]");
    if (!fill) { return; }
    document.getElementById("id_email").value = fill.dataset.rbFill;
    document.getElementById("id_password").value = fill.dataset.rbSecret;
    document.getElementById("id_password").form.requestSubmit();
  });

  // --- fields that mean something only beside certain values of others; without this all that matter are shown ------
  function shownFields(form) {
    all("[data-rb-only]", form).forEach(function (field) {
      var only = JSON.parse(field.dataset.rbOnly);
      field.hidden = !Object.keys(only).every(function (name) {
        var other = form.elements[name];
        return other && only[name].indexOf(other.value) >= 0;
      });
    });
  }
  document.addEventListener("change", function (event) {
    if (event.target.form && one("[data-rb-only]", event.target.form)) { shownFields(event.target.form); }
  });

  // --- keys --------------------------------------------------------------------------------------------------------
  var waiting = null;
  function keysOff() { try { return localStorage.getItem(KEYS_OFF) === "1"; } catch (fault) { return false; } }
  function rows() { return all("[data-rb-rows] .rb-open, [data-rb-rows] .rb-hit"); }
  function step(by) {
    var list = rows();
    if (!list.length) { return; }
    var at = list.indexOf(document.activeElement);
    var next = list[Math.min(Math.max(at + by, 0), list.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (writing(event.target)) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    if (one("dialog[open]") || keysOff()) { return; }
    if (event.key === "?") { event.preventDefault(); openDialog(document.getElementById("rb-keys")); return; }
    if (waiting) {
      var goal = one('[data-rb-go="' + CSS.escape(event.key) + '"]');
      clearTimeout(waiting);
      waiting = null;
      if (goal) { event.preventDefault(); goal.click(); }
      return;
    }
    if (event.key === "g") { waiting = setTimeout(function () { waiting = null; }, 1500); return; }
    if (event.key === "j") { event.preventDefault(); step(1); return; }
    if (event.key === "k") { event.preventDefault(); step(-1); return; }
    // of several the first that is seen: what stands above a list goes before the case beside it
    var named = all('[data-rb-key="' + CSS.escape(event.key) + '"]');
    var target = named.find(function (each) { return each.getClientRects().length > 0; });
    if (!target && event.key === "/") { target = named[0]; } // the search opens also where its link has no room
    if (target) {
      event.preventDefault();
      if (writing(target)) { target.focus(); } else { target.click(); }
    }
  });
  // Ctrl+Enter sends what is written; with Shift the form's other way of sending, where it has one.
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea[data-rb-send]")) {
      event.preventDefault();
      var other = event.shiftKey && one("[data-rb-shift-send]", event.target.form);
      if (other) { event.target.form.requestSubmit(other); } else { event.target.form.requestSubmit(); }
    }
  });
  var keySwitch = document.getElementById("rb-keys-on");
  if (keySwitch) {
    keySwitch.checked = !keysOff();
    keySwitch.addEventListener("change", function () {
      try { localStorage.setItem(KEYS_OFF, keySwitch.checked ? "0" : "1"); } catch (fault) { /* a private window */ }
    });
  }

  // --- what is typed and not sent survives a reload ------------------------------------------------------------------
  function keepDrafts(within) { all("textarea[data-rb-draft]", within).forEach(function (area) {
    var name = "rundblick.draft." + area.dataset.rbDraft;
    try { if (!area.value) { area.value = localStorage.getItem(name) || ""; } } catch (fault) { return; }
    area.addEventListener("input", function () {
      try { if (area.value) { localStorage.setItem(name, area.value); } else { localStorage.removeItem(name); } } catch (fault) { /* full */ }
    });
  }); }
  function forgetSent(within) { all("[data-rb-sent]", within).forEach(function (mark) {
    try { localStorage.removeItem("rundblick.draft." + mark.dataset.rbSent); } catch (fault) { /* a private window */ }
    all('textarea[data-rb-draft="' + CSS.escape(mark.dataset.rbSent) + '"]').forEach(function (area) { area.value = ""; });
  }); }
  keepDrafts(document);
  forgetSent(document);

  document.documentElement.classList.add("rb-scripted");

  // --- mails as they were written stand in a frame without scripts; it is as high as its content ----------------------
  function fit(frame) {
    try {
      var inside = frame.contentDocument;
      if (inside && inside.body) { frame.height = Math.min(inside.documentElement.scrollHeight + 4, 4000); frame.classList.add("rb-html-fit"); }
    } catch (fault) { /* stays at its own height */ }
  }
  function fitFrames() {
    all("iframe.rb-html").forEach(function (frame) {
      if (frame.rbBound) { return; }
      frame.rbBound = true;
      frame.addEventListener("load", function () { fit(frame); });
      fit(frame);
    });
  }
  fitFrames();
  document.addEventListener("toggle", function (event) {
    all("iframe.rb-html", event.target).forEach(function (frame) { if (!frame.src && frame.dataset.src) { frame.src = frame.dataset.src; } fit(frame); });
  }, true);

  // --- time in a case: told while its page is seen and was used within two minutes, by the case that was used last -----
  var LAST_CASE = "rundblick.case";
  function countTime(form) {
    var used = 0;
    function use() {
      used = Date.now();
      try { localStorage.setItem(LAST_CASE, form.dataset.rbBeat); } catch (fault) { /* a private window */ }
    }
    function isLast() {
      try { return (localStorage.getItem(LAST_CASE) || form.dataset.rbBeat) === form.dataset.rbBeat; } catch (fault) { return true; }
    }
    ["keydown", "pointerdown", "pointermove", "wheel", "focus"].forEach(function (kind) {
      window.addEventListener(kind, use, { passive: true });
    });
    if (!document.hidden) { use(); }
    var beating = setInterval(function () {
      if (!form.isConnected) { clearInterval(beating); return; }
      if (document.hidden || Date.now() - used > 120000 || !isLast()) { return; }
      fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" } })
        .then(function (answer) { return answer.ok ? answer.text() : ""; })
        .then(function (text) { var line = one("[data-rb-worked]"); if (line && text) { line.textContent = text; } })
        .catch(function () { /* without a connection nothing is counted */ });
    }, 30000);
  }
  all("form[data-rb-beat]").forEach(countTime);

  // --- live: the stream only says what changed; the parts are fetched from the pages, where rights are checked ---------
  var PART_MS = 2000; // a part is fetched at most this often, however much happens
  var live = false;
  var address = body.dataset.liveUrl;
  function parts() { return all("[data-rb-live]"); }
  function fetchPart(part) {
    if (part.rbSoon) { return; }
    var wait = Math.max(0, (Number(part.dataset.rbPause) || PART_MS) - (Date.now() - (part.rbFetched || 0)));
    part.rbSoon = setTimeout(function () {
      part.rbSoon = 0;
      part.rbFetched = Date.now();
      if (part.isConnected) { window.htmx.trigger(part, "rb-refresh"); }
    }, wait);
  }
  function touch(names) {
    parts().forEach(function (part) {
      if (names.indexOf("*") >= 0 || names.indexOf(part.dataset.rbLive) >= 0) { fetchPart(part); }
    });
  }
  function listen() {
    if (!address || !window.EventSource) { return; }
    var given = address;
    var stream = new EventSource(given);
    stream.onopen = function () { live = true; };
    stream.onerror = function () {
      live = false;
      // closed for good: the ticket ran out. With a newer one it goes on, else the page asks in its turn.
      if (stream.readyState === EventSource.CLOSED && address !== given) { setTimeout(listen, 1000); }
    };
    stream.addEventListener("changed", function (event) { touch(String(event.data).split(",")); });
    stream.addEventListener("resync", function () { touch(["*"]); });
    stream.addEventListener("ticket", function (event) { address = event.data; });
    window.addEventListener("pagehide", function () { stream.close(); });
  }
  if (parts().length) {
    listen();
    setInterval(function () { if (!live && !document.hidden) { touch(["*"]); } }, POLL_MS);
    document.addEventListener("visibilitychange", function () { if (!document.hidden && !live) { touch(["*"]); } });
  }
  body.addEventListener("htmx:configRequest", function (event) {
    if (document.hidden) { event.detail.headers["X-Rundblick-Hidden"] = "1"; }
  });
  // What has the focus has it again when its part is fetched anew: by its address or name, else by its place.
  var REACHED = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  var focused = null;
  body.addEventListener("htmx:beforeSwap", function (event) {
    var at = document.activeElement, part = event.detail.target;
    focused = part && at && at !== body && part.contains(at)
      ? { part: part.id, href: at.href && at.getAttribute("href"), id: at.id, place: all(REACHED, part).indexOf(at) } : null;
  });
  body.addEventListener("htmx:afterSettle", function () {
    var part = focused && focused.part && document.getElementById(focused.part);
    if (part && document.activeElement === body) {
      var again = focused.id && document.getElementById(focused.id);
      again = again || focused.href && one('a[href="' + CSS.escape(focused.href) + '"]', part) || all(REACHED, part)[focused.place];
      if (again) { again.focus({ preventScroll: true }); }
    }
    focused = null;
  });

  // A case opens at its newest part, unless the address names a place; when it is fetched again the place is kept.
  function timeline() { return document.getElementById("rb-timeline"); }
  function toNewest() { var part = timeline(); if (part) { part.scrollTop = part.scrollHeight; } }
  var place = null;
  if (!location.hash && location.search.indexOf("before=") < 0) { toNewest(); }
  body.addEventListener("htmx:beforeSwap", function (event) {
    var part = event.detail.target;
    if (part.id !== "rb-timeline") { return; }
    place = part.scrollHeight - part.scrollTop - part.clientHeight < 40 ? null : part.scrollTop;
    // what somebody reads or types in a part is not taken away from under him
    if (one("details[open] iframe", part)) { event.detail.shouldSwap = false; }
  });
  body.addEventListener("htmx:afterSettle", function () {
    if (!timeline()) { return; }
    if (place === null) { toNewest(); } else { timeline().scrollTop = place; }
  });

  var lost = document.getElementById("rb-offline");
  function connection(there) { if (lost) { lost.hidden = there; } }
  window.addEventListener("offline", function () { connection(false); });
  window.addEventListener("online", function () { connection(true); touch(["*"]); });
  body.addEventListener("htmx:sendError", function () { connection(false); });
  body.addEventListener("htmx:afterOnLoad", function () { connection(true); });

  // What other scripts of the desk use; ``begin`` is for a part of a page that came later.
  function begin(within) {
    keepDrafts(within);
    forgetSent(within);
    fitFrames();
    all("form[data-rb-beat]", within).forEach(countTime);
  }
  window.rundblick = {
    all: all, one: one, begin: begin, connection: connection, keysOff: keysOff, openDialog: openDialog,
    waiting: function () { return waiting !== null; }
  };

  setTimeout(function () { all(".rb-toasts [data-rb-fades]").forEach(function (toast) { toast.hidden = true; }); }, 8000);
})();
