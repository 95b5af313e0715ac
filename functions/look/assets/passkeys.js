// Forms with data-passkey ask the authenticator when they are sent, and carry its answer along. Without this script,
// or where the browser knows no passkeys, the page says so and the form stays where it is.
(() => {
  "use strict";

  const problem = (form, text) => {
    const place = form.querySelector("[data-passkey-problem]");
    if (place) {
      place.textContent = text;
      place.hidden = false;
    }
  };

  const answer = async (kind, options) => {
    if (kind === "create") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      // The form is not on its way yet: its button stays usable.
      event.stopPropagation();
      if (!window.PublicKeyCredential || !PublicKeyCredential.parseCreationOptionsFromJSON) {
        problem(form, "This browser knows no passkeys. Use a newer one, or your password.");
        return;
      }
      try {
        const options = JSON.parse(form.dataset.options);
        const credential = await answer(form.dataset.passkey, options.publicKey ?? options);
        form.elements.credential.value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch (error) {
        const text = error.name === "InvalidStateError"
          ? "This device has a passkey for you already."
          : "Nothing was done: the device said no, or took too long. Try again.";
        problem(form, text);
      }
    });
  }
})();
