// The composer of a case: texts put in, files dropped and pasted, what is typed kept here until the server has it,
// and who else is here. Loaded by pages that show a case, also beside the list, where one case follows the other
// (the event rb:beside); every deed is a form that works without it.
(function () {
  "use strict";
  var body = document.body;
  var BEAT_MS = 10000;

  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function one(selector, within) { return (within || document).querySelector(selector); }
  function store(name, value) {
    try { if (value) { localStorage.setItem(name, value); } else { localStorage.removeItem(name); } } catch (fault) { /* full, private */ }
  }
  function stored(name) { try { return localStorage.getItem(name) || ""; } catch (fault) { return ""; } }

  // of the case that is shown now
  var form = null, area = null, here = null, lost = null, input = null;
  var NAME = "", again = 0;

  // A tab leads into its text at once, by key or mouse, also into the one that is chosen already: who types on loses no letter.
  function writeIn(label) {
    var radio = document.getElementById(label.htmlFor);
    radio.checked = true;
    one(".rb-pane-" + radio.value + " textarea").focus();
  }
  document.addEventListener("change", function (event) {
    if (event.target.name === "rb-tab") { writeIn(event.target.labels[0]); }
    var button = event.target.dataset.rbAttach && one(event.target.dataset.rbAttach);
    if (button && event.target.files.length) { button.form.requestSubmit(button); }
  });
  document.addEventListener("click", function (event) {
    var label = event.target.closest(".rb-composer-tabs label");
    if (label) { event.preventDefault(); writeIn(label); }
    all("details.rb-later[open]").forEach(function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
  });

  // --- who is here: a beat, and a word when the page is left -----------------------------------------------------------
  var page = window.crypto && crypto.randomUUID ? crypto.randomUUID() : "";
  var typedAt = 0;
  function say(state, last) {
    if (!here || !here.isConnected || !page) { return; }
    var data = new FormData(here);
    data.set("page", page);
    data.set("state", state);
    if (last) { navigator.sendBeacon(here.action, data); return; }
    fetch(here.action, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" }, redirect: "error" })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (html) { var list = one("[data-rb-here-list]", here); if (list && list.innerHTML.trim() !== html.trim()) { list.innerHTML = html; } })
      .catch(function () { /* a hint, and no more */ });
  }
  function beat() { if (!document.hidden) { say(Date.now() - typedAt < 15000 ? "writes" : "reads"); } }
  setInterval(beat, BEAT_MS);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { beat(); } });
  document.addEventListener("input", function (event) {
    if (!event.target.matches(".rb-composer textarea")) { return; }
    var first = Date.now() - typedAt >= 15000;
    typedAt = Date.now();
    if (first) { beat(); }
  });
  window.addEventListener("pagehide", function () { say("left", true); });

  // --- until when it can be taken back: the seconds count down, the server decides ------------------------------------
  setInterval(function () {
    all("[data-rb-until]").forEach(function (mark) {
      var left = Math.ceil((Date.parse(mark.dataset.rbUntil) - Date.now()) / 1000);
      mark.textContent = left > 0 && left <= 60 ? left + " s" : "";
    });
  }, 500);

  // --- what is typed is kept here until the server has it ---------------------------------------------------------------
  function changed() { area.dispatchEvent(new Event("input", { bubbles: true })); }
  function unsaved(is) {
    lost.hidden = !is;
    clearTimeout(again);
    // tried again while the page is open; a session that ended is seen by the answer, and the text waits here
    if (is) { again = setTimeout(function () { window.htmx.trigger(area, "rb-again"); }, 5000); }
  }
  body.addEventListener("htmx:afterRequest", function (event) {
    if (!area || event.detail.elt !== area) { return; }
    var sent = event.detail.requestConfig && event.detail.requestConfig.parameters;
    if (event.detail.successful) {
      if (!sent || sent.text === undefined || sent.text.replace(/\r\n/g, "\n") === area.value) { store(NAME, ""); }
      unsaved(false);
    } else { unsaved(true); }
  });
  // Signed out: htmx would leave the page and take the text along, whichever part asked. It stays, and says what happened.
  body.addEventListener("htmx:beforeOnLoad", function (event) {
    if (area && area.isConnected && area.value && event.detail.xhr.status === 401) { event.preventDefault(); store(NAME, area.value); unsaved(true); }
  });

  // --- texts that are put in where the cursor stands --------------------------------------------------------------------
  function putIn(text) {
    if (!text) { return; }
    area.focus();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    var at = area.value.search(/\{\{[a-z_]+\}\}/);
    if (at >= 0) { area.setSelectionRange(at, area.value.indexOf("}}", at) + 2); }
    changed();
  }
  function ask(address, data) {
    return fetch(address, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error("not given"); }
      return answer.text();
    });
  }
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form[data-rb-insert]") || !event.target.closest("dialog")) { return; }
    event.preventDefault();
    var dialog = event.target.closest("dialog"), given = event.target;
    ask(given.action, new FormData(given)).then(function (text) { dialog.close(); putIn(text); }).catch(function () { given.submit(); });
  });
  // Arrows lead from the search into the list and through it.
  document.addEventListener("keydown", function (event) {
    var dialog = event.target.closest && event.target.closest("dialog");
    var list = dialog ? all(".rb-templates button", dialog) : [];
    if (!list.length) { return; }
    var at = list.indexOf(event.target);
    if (event.key === "ArrowDown") { event.preventDefault(); list[Math.min(at + 1, list.length - 1)].focus(); }
    if (event.key === "ArrowUp" && at >= 0) { event.preventDefault(); if (at) { list[at - 1].focus(); } else { one("[data-rb-tpick]", dialog).focus(); } }
    if (event.key === "Enter" && event.target.matches("[data-rb-tpick]")) { event.preventDefault(); list[0].click(); }
  });

  // --- files: dropped onto the composer, or pasted into the text --------------------------------------------------------
  function attach(files) {
    if (!files.length || !input || !window.DataTransfer) { return; }
    var carried = new DataTransfer();
    files.forEach(function (file, n) {
      carried.items.add(file.name && file.name !== "image.png" ? file : new File([file], "image-" + (n + 1) + ".png", { type: file.type }));
    });
    input.files = carried.files;
    form.classList.add("rb-uploading");
    form.requestSubmit(one(input.dataset.rbAttach));
  }

  // --- a case is shown ----------------------------------------------------------------------------------------------------
  function begin() {
    clearTimeout(again);
    here = one("form[data-rb-here]");
    form = one("form[data-rb-answer]");
    area = document.getElementById("rb-answer");
    typedAt = 0;
    beat();
    if (!form || !area) { form = area = null; return; }
    NAME = "rundblick.answer." + form.dataset.rbWho + "." + form.dataset.rbAnswer;
    lost = document.getElementById("rb-unsaved");
    input = one("input[type=file]", form);
    all("[data-rb-sent]").forEach(function (mark) { if (mark.dataset.rbSent === "answer-" + form.dataset.rbAnswer) { store(NAME, ""); } });
    area.addEventListener("input", function () { store(NAME, area.value); });
    form.addEventListener("submit", function () { store(NAME, area.value); });
    (function () {
      var kept = stored(NAME), note = document.getElementById("rb-kept-here");
      if (!kept || kept === area.value) { store(NAME, ""); return; }
      if (!area.value) { area.value = kept; changed(); return; }
      if (area.value.indexOf(kept) >= 0) { store(NAME, ""); return; }
      one("[data-rb-kept-text]", note).textContent = kept;
      note.hidden = false;
      note.addEventListener("click", function (event) {
        var button = event.target.closest("[data-rb-kept]");
        if (!button) { return; }
        if (button.dataset.rbKept === "take") { area.value = kept; }
        if (button.dataset.rbKept === "both") { area.value = area.value + "\n\n" + kept; }
        note.hidden = true;
        area.focus();
        if (button.dataset.rbKept === "drop") { store(NAME, ""); } else { changed(); }
      });
    })();
    form.addEventListener("click", function (event) {
      var button = event.target.closest("button[name=suggestion]");
      if (!button) { return; }
      event.preventDefault();
      var data = new FormData(form);
      data.delete("files");
      data.set("suggestion", button.value);
      ask(button.formAction, data).then(function (text) { button.closest("details").remove(); putIn(text); })
        .catch(function () { form.requestSubmit(button); });
    });
    ["dragover", "dragleave", "drop"].forEach(function (kind) {
      form.addEventListener(kind, function (event) {
        if (!event.dataTransfer || Array.prototype.indexOf.call(event.dataTransfer.types, "Files") < 0) { return; }
        event.preventDefault();
        form.classList.toggle("rb-dropping", kind === "dragover");
        if (kind === "drop") { attach(Array.prototype.slice.call(event.dataTransfer.files)); }
      });
    });
    area.addEventListener("paste", function (event) {
      var files = Array.prototype.slice.call((event.clipboardData && event.clipboardData.files) || []);
      if (!files.length || event.clipboardData.getData("text/plain")) { return; }
      event.preventDefault();
      attach(files);
    });
  }
  document.addEventListener("rb:beside", begin);
  begin();
})();
