// Passkeys on the pages /login and /access, which work without this file, but for passkeys.
// Browsers take and give bytes; the server takes and gives them as base64url.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const said = document.getElementById("passkey-said");

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const words = (await answer.text()) || "{}";
  if (!answer.ok) throw new Error(JSON.parse(words).detail);
  return JSON.parse(words);
}

async function add(name) {
  const options = await post("/access/passkeys/options", {});
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: options.excludeCredentials.map((one) => ({ ...one, id: bytes(one.id) })),
    },
  });
  const { attestationObject, clientDataJSON } = credential.response;
  await post("/access/passkeys", {
    name,
    credential: answered(credential, { attestationObject, clientDataJSON }),
  });
  location.reload();
}

async function enter(next) {
  const options = await post("/login/passkey/options", {});
  const credential = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge) },
  });
  const { authenticatorData, clientDataJSON, signature, userHandle } = credential.response;
  const answer = answered(credential, { authenticatorData, clientDataJSON, signature, userHandle });
  location.assign((await post("/login/passkey", { credential: answer, next })).next);
}

function answered(credential, response) {
  const parts = Object.entries(response).filter(([, buffer]) => buffer);
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(parts.map(([name, buffer]) => [name, text(buffer)])),
    clientExtensionResults: {},
  };
}

async function attempt(button, act) {
  button.disabled = true;
  said.textContent = "";
  try {
    await act();
  } catch (error) {
    said.textContent =
      { NotAllowedError: "No passkey was used.", InvalidStateError: "This device has a passkey for this place already." }[
        error.name
      ] ?? error.message;
    button.disabled = false;
  }
}

const form = document.getElementById("passkey-add");
const button = document.getElementById("passkey-enter");

if (window.PublicKeyCredential) {
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(form.querySelector("button"), () => add(form.elements.namedItem("name").value));
  });
  button?.addEventListener("click", () => void attempt(button, () => enter(button.dataset.next)));
  for (const shown of [form, button]) if (shown) shown.hidden = false;
} else if (said) {
  said.textContent = "This browser knows no passkeys.";
}
