// A button with data-copy="id" copies the text of that field. Without this script the button stays
// hidden, and the text is marked and copied by hand.
"use strict";

async function copyText(field) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(field.value);
    return;
  }
  field.select();
  document.execCommand("copy");
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copyText(document.getElementById(button.dataset.copy));
    button.querySelector("[role=status]").textContent = button.dataset.done;
  });
}
