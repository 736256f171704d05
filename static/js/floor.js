// Below Chromium 86 a plain notice says so. Old syntax on purpose: it must run in the browsers it warns about.
(function () {
  var enough = false;
  try {
    enough = !!(window.CSS && CSS.supports && CSS.supports("selector(:focus-visible)"));
  } catch (error) {
    enough = false;
  }
  var notice = document.getElementById("old-browser");
  if (!enough && notice) {
    notice.removeAttribute("hidden");
  }
})();
