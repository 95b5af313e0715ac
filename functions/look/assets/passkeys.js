// A form with data-passkey asks the authenticator as soon as its page is there, and again when it is sent, and carries
// the answer along. Where nothing comes of it the page says why, and the form stays where it is.
(() => {
  "use strict";

  const problem = (form, text) => {
    const place = form.querySelector("[data-passkey-problem]");
    place.textContent = text;
    place.hidden = !text;
  };

  const answer = async (kind, options) => {
    if (kind === "create") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  };

  // By the names of the Web Authentication API's exceptions. It does not tell a refusal from a time-out.
  const reason = (error) => {
    if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
    if (error.name === "SecurityError") return "This browser allows no passkeys at this address.";
    if (error.name === "NotSupportedError") return "This device can make no passkey that we know how to check.";
    return "Nothing was done: it was cancelled, or your device did not answer in time.";
  };

  const ask = async (form) => {
    if (form.dataset.asking) return;
    if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
      problem(form, "This browser knows no passkeys. Use a newer one, or your password.");
      return;
    }
    form.dataset.asking = "true";
    problem(form, "");
    try {
      const credential = await answer(form.dataset.passkey, JSON.parse(form.dataset.options));
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      problem(form, reason(error));
    }
    delete form.dataset.asking;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      // The form is not on its way yet: its button stays usable.
      event.stopPropagation();
      ask(form);
    });
    ask(form);
  }
})();
