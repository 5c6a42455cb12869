// What every page does in the browser: log in and out, remember language and theme, lead to the login.
window.apercu = {
  remember(name, value) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
    location.reload();
  },
  async logIn(form) {
    const told = form.querySelector(".wrong");
    const button = form.querySelector("button");
    button.disabled = true;
    told.textContent = "";
    try {
      const answer = await fetch("/api/v1/session", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: form.elements.name.value, password: form.elements.password.value }),
      });
      if (answer.ok) {
        location.assign(form.dataset.next + location.hash);
        return;
      }
      told.textContent = answer.status === 429 ? form.dataset.many : form.dataset.wrong;
    } catch {
      told.textContent = form.dataset.away;
    }
    button.disabled = false;
    form.elements.password.select();
  },
  async logOut(csrf) {
    await fetch("/api/v1/session", { method: "DELETE", headers: { "X-CSRF-Token": csrf } });
    location.assign("/login");
  },
  toLogin() {
    location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
  },
  isTyping(event) {
    const at = event.target;
    return at.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && !/^(range|checkbox|radio)$/.test(at.type));
  },
};

// Keys lead to what says that they do: a field is focused, a button pressed.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || apercu.isTyping(event) || document.querySelector(".q-dialog")) return;
  const found = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!found) return;
  event.preventDefault();
  if (event.repeat && !found.hasAttribute("data-repeats")) return; // held down: it answers one signal, not those after it
  const field = found.matches("input") ? found : found.querySelector("input");
  if (field) field.select(); else found.click();
});
