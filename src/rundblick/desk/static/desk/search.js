// Answers while somebody types, in each input with data-rb-quick: a combobox with a list (WAI-ARIA 1.2). Without this
// file the box is a form that leads to the search page.
(function () {
  "use strict";
  var WAIT_MS = 120;
  var KEPT = "rundblick.quick";
  var said = document.createElement("div");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");

  function keep(text) { try { sessionStorage.setItem(KEPT, text); } catch (fault) { /* a private window */ } }
  function kept() { try { return sessionStorage.getItem(KEPT) || ""; } catch (fault) { return ""; } }

  function bind(input) {
    var list = document.getElementById(input.dataset.rbList);
    var dialog = input.closest("dialog");
    var timer = null, running = null, active = -1, shown = null;
    (dialog || document.body).appendChild(said.cloneNode());
    var voice = (dialog || document.body).lastElementChild;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    if (!dialog) { list.hidden = true; }

    function options() { return Array.prototype.slice.call(list.querySelectorAll("[role=option]")); }
    function open(yes) {
      if (!dialog) { list.hidden = !yes; }
      input.setAttribute("aria-expanded", String(yes && options().length > 0));
      if (!yes) { choose(-1); }
    }
    function choose(at) {
      active = at;
      input.removeAttribute("aria-activedescendant");
      options().forEach(function (option, place) {
        option.setAttribute("aria-selected", String(place === at));
        if (place === at) {
          input.setAttribute("aria-activedescendant", option.id);
          option.scrollIntoView({ block: "nearest" });
        }
      });
    }
    function show(html) {
      list.innerHTML = html;
      options().forEach(function (option, place) { option.id = list.id + "-" + place; });
      list.querySelectorAll("[role=group]").forEach(function (group, place) {
        var name = group.querySelector(".rb-quick-name");
        if (name) { name.id = list.id + "-name-" + place; group.setAttribute("aria-labelledby", name.id); }
      });
      choose(-1);
      open(document.activeElement === input);
      var told = list.querySelector("[data-rb-said]");
      voice.textContent = told ? told.dataset.rbSaid : "";
    }
    function ask() {
      clearTimeout(timer);
      timer = null;
      if (running) { running.abort(); }
      var words = input.value.trim();
      if (words === shown) { open(true); return; }
      var mine = running = new AbortController();
      fetch(input.dataset.rbQuick + "?q=" + encodeURIComponent(words.slice(0, 200)), {
        signal: mine.signal, headers: { "X-Requested-With": "fetch" }
      }).then(function (answer) {
        if (!answer.ok || answer.redirected) { throw new Error(String(answer.status)); }
        return answer.text();
      }).then(function (html) {
        if (running !== mine) { return; }
        shown = words;
        show(html);
      }).catch(function () { /* cancelled, or no connection: the box goes on as a form */ });
    }
    function soon() { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); }

    input.addEventListener("input", function () {
      if ("rbRemember" in input.dataset) { keep(input.value); }
      soon();
    });
    input.addEventListener("focus", function () {
      if (dialog || input.value === input.defaultValue) { if (dialog) { soon(); } return; }
      soon();
    });
    input.addEventListener("blur", function () { if (!dialog) { clearTimeout(timer); open(false); } });
    input.addEventListener("keydown", function (event) {
      var many = options().length;
      if (event.isComposing) { return; }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!many || (!dialog && list.hidden)) { shown = null; ask(); return; }
        open(true);
        var by = event.key === "ArrowDown" ? 1 : -1;
        choose(active < 0 ? (by > 0 ? 0 : many - 1) : (active + by + many + 1) % (many + 1) === many ? -1 : active + by);
      } else if (event.key === "Enter" && active >= 0 && options()[active]) {
        event.preventDefault();
        if (event.ctrlKey || event.metaKey) { window.open(options()[active].href, "_blank", "noopener"); return; }
        options()[active].click();
      } else if (event.key === "Escape" && !dialog && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        open(false);
      } else if (event.key === "Escape" && dialog) {
        event.preventDefault();
        event.stopPropagation();
        dialog.close();
      }
    });
    list.addEventListener("mousedown", function (event) { event.preventDefault(); });
    list.addEventListener("mousemove", function (event) {
      var over = event.target.closest("[role=option]");
      var at = options().indexOf(over);
      if (over && at !== active) { choose(at); }
    });
    if (dialog) {
      if ("rbRemember" in input.dataset) { input.value = kept(); }
      dialog.addEventListener("close", function () { clearTimeout(timer); if (running) { running.abort(); } choose(-1); });
      input.addEventListener("focus", function () { input.select(); });
    }
  }
  document.querySelectorAll("input[data-rb-quick]").forEach(bind);
})();
