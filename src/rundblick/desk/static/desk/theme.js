// Runs before the first paint: the theme a person chose, or the one of the machine.
(function () {
  "use strict";
  var root = document.documentElement;
  var machine = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    var choice = root.dataset.theme || "auto";
    root.dataset.bsTheme = choice === "dark" || (choice === "auto" && machine.matches) ? "dark" : "light";
  }
  apply();
  machine.addEventListener("change", apply);
  // Paper is white, whatever the screen is.
  window.addEventListener("beforeprint", function () { root.dataset.bsTheme = "light"; });
  window.addEventListener("afterprint", apply);
  window.rundblickTheme = function (choice) {
    root.dataset.theme = choice;
    apply();
  };
})();
