// A button beside something to copy: without scripts it is not shown, and the text is selected as a whole by one click.
(() => {
  const SHOWN = 2000; // milliseconds

  const taken = async (source) => {
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      return true;
    } catch {
      // Not over plain http, or not allowed: what is selected can be copied by hand.
      getSelection().selectAllChildren(source);
      return false;
    }
  };

  for (const button of document.querySelectorAll("button[data-copies]")) {
    const source = document.getElementById(button.dataset.copies);
    const words = button.textContent;
    let again;
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.textContent = (await taken(source)) ? "Copied" : "Selected";
      clearTimeout(again);
      again = setTimeout(() => { button.textContent = words; }, SHOWN);
    });
  }
})();
