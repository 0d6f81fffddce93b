// Names behind an @ while a note is written: a list of colleagues and teams; the arrows choose, Enter and Tab take.
(function () {
  "use strict";
  var list = document.createElement("ul");
  list.className = "rb-names";
  list.id = "rb-names";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  var area = null, start = -1, wanted = 0, waits = 0;

  function address(one) {
    if (one.dataset.rbMentions) { return one.dataset.rbMentions; }
    var form = one.form;
    return form && /\/note\/$/.test(form.getAttribute("action") || "") ? form.getAttribute("action").replace(/note\/$/, "mentionable/") : "";
  }

  function hide() {
    list.hidden = true;
    if (area) { area.removeAttribute("aria-activedescendant"); area.removeAttribute("aria-controls"); }
    start = -1;
  }

  function typed(one) {
    var before = one.value.slice(0, one.selectionStart);
    var found = /(^|[^\w@.])@([^\s@]{0,30}(?: [^\s@]{1,30})?)$/.exec(before);
    return found ? { at: before.length - found[2].length - 1, text: found[2] } : null;
  }

  function mark(next) {
    var items = list.children;
    if (!items.length) { return; }
    wanted = (next + items.length) % items.length;
    for (var i = 0; i < items.length; i += 1) { items[i].setAttribute("aria-selected", String(i === wanted)); }
    area.setAttribute("aria-activedescendant", items[wanted].id);
  }

  function take(item) {
    var name = item.dataset.name;
    var end = area.selectionStart;
    area.value = area.value.slice(0, start) + "@" + name + " " + area.value.slice(end);
    area.selectionStart = area.selectionEnd = start + name.length + 2;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    hide();
    area.focus();
  }

  function show(found) {
    list.textContent = "";
    found.forEach(function (one, i) {
      var item = document.createElement("li");
      item.id = "rb-name-" + i;
      item.setAttribute("role", "option");
      item.dataset.name = one.name;
      item.append(one.name);
      var beside = document.createElement("span");
      beside.className = "rb-muted rb-small";
      beside.textContent = one.beside;
      item.append(" ", beside);
      item.addEventListener("mousedown", function (event) { event.preventDefault(); take(item); });
      list.append(item);
    });
    list.hidden = !found.length;
    if (found.length) {
      area.after(list);
      area.setAttribute("aria-controls", list.id);
      mark(0);
    }
  }

  document.addEventListener("input", function (event) {
    var one = event.target;
    if (!(one instanceof HTMLTextAreaElement) || !address(one)) { return; }
    area = one;
    var now = typed(one);
    clearTimeout(waits);
    if (!now) { hide(); return; }
    start = now.at;
    waits = setTimeout(function () {
      fetch(address(one) + "?q=" + encodeURIComponent(now.text), { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok ? answer.json() : { items: [] }; })
        .then(function (told) { if (area === one && start === now.at && typed(one)) { show(told.items); } })
        .catch(hide);
    }, 120);
  });

  document.addEventListener("keydown", function (event) {
    if (list.hidden || event.target !== area) { return; }
    if (event.key === "ArrowDown") { mark(wanted + 1); } else if (event.key === "ArrowUp") { mark(wanted - 1); }
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") { take(list.children[wanted]); }
    else if (event.key === "Escape") { hide(); } else { return; }
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("focusout", function (event) { if (event.target === area) { setTimeout(hide, 150); } });
})();
