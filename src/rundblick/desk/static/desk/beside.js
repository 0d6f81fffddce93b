// Beside a case: a number is copied by a click, and sections stay open or closed as this person left them.
(function () {
  "use strict";
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function folded(part) {
    var who = part.closest("[data-rb-folds]");
    return "rundblick.fold." + (who ? who.dataset.rbFolds : "") + "." + part.dataset.rbFold;
  }
  function prepare(within) {
    all("[data-rb-fold]", within).forEach(function (part) {
      if (part.rbKnown) { return; }
      part.rbKnown = true;
      try {
        var kept = localStorage.getItem(folded(part));
        if (kept !== null && !part.hasAttribute("data-rb-asked")) { part.open = kept === "1"; }
      } catch (fault) { return; }
      part.addEventListener("toggle", function () {
        try { localStorage.setItem(folded(part), part.open ? "1" : "0"); } catch (fault) { /* a private window */ }
      });
    });
    all("[data-rb-copy]", within).forEach(function (button) { button.hidden = !(navigator.clipboard && window.isSecureContext); });
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-rb-copy]");
    if (!button) { return; }
    navigator.clipboard.writeText(button.dataset.rbCopy).then(function () {
      button.querySelector(".rb-copy-done").textContent = button.dataset.rbCopied;
    });
  });
  document.body.addEventListener("htmx:afterSettle", function () { prepare(document); });
  document.addEventListener("rb:beside", function () { prepare(document); });
  prepare(document);
})();
