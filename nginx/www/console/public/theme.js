// Before the first paint, so that a dark page never flashes white.
(function () {
  var kept = null;
  try { kept = localStorage.getItem('hongyan.theme'); } catch (e) { /* a browser that keeps nothing */ }
  var dark = kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
