// What must not wait for the application. A file of its own because the page allows no scripts
// within its text.

// Before anything is painted, so that nobody who chose dark sees a white flash.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("mantine-color-scheme-value");
  } catch (_) {
    // Storage is closed to this page: the system's scheme it is.
  }
  if (chosen !== "light" && chosen !== "dark") {
    chosen = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.setAttribute("data-mantine-color-scheme", chosen);
})();

// What the list of files will ask for, asked while the application is still on its way; it is taken
// up in src/api/early.ts.
(function () {
  if (location.pathname !== "/" || location.search !== "") return;
  var headers = {};
  try {
    var key = sessionStorage.getItem("csv-processor-key");
    if (key !== null) headers.Authorization = "Bearer " + key;
  } catch (_) {
    // As above: no key is remembered.
  }
  window.early = {};
  ["/api/v1/files?sort=-upload_time&limit=50", "/api/v1/stats"].forEach(function (url) {
    window.early[url] = fetch(url, { headers: headers });
    // Whoever takes it up learns of a failure; nobody else does.
    window.early[url].catch(function () {});
  });
})();
