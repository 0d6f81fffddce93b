// A button beside a field copies what stands in it; without this one marks it and copies by hand.
(function () {
  "use strict";
  if (!navigator.clipboard) { return; }
  Array.prototype.forEach.call(document.querySelectorAll("[data-rb-copy]"), function (button) {
    var field = document.getElementById(button.dataset.rbCopy);
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(field.value).then(function () { field.select(); }, function () { field.select(); });
    });
  });
})();
