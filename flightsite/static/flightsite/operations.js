// Reads the operators' page anew every 30 seconds while somebody looks at it and writes nothing.
(() => {
  const EVERY_MS = 30000;
  const page = () => document.getElementById("operations");
  const isBusy = () => page().querySelector("details[open]") !== null;
  const say = (text) => {
    page().querySelector("[data-refresh]").textContent = text;
  };

  const read = async () => {
    const answer = await fetch(location.href, { cache: "no-store", redirect: "error" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("operations");
    if (fresh === null) throw new Error(`no page (HTTP ${answer.status})`);
    if (!isBusy()) page().replaceWith(document.adoptNode(fresh));
  };

  setInterval(() => {
    if (document.visibilityState !== "visible" || isBusy()) return;
    read().catch(() => say("It could not be read anew: the site does not answer, or you are logged out. This is old."));
  }, EVERY_MS);

  // A second click sends nothing: the first is under way.
  document.addEventListener("submit", (event) => {
    const button = event.target.closest("#operations form")?.querySelector("button[type=submit]");
    if (button) button.disabled = true;
  });
})();
