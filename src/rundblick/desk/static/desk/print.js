// The browser's own dialog, at a click: nobody is surprised by it, and without this the browser's menu prints as well.
(function () {
  "use strict";
  var button = document.getElementById("print");
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
})();
