// What people do on the page. NiceGUI keeps the content up to date; everything here goes by delegation, because
// content comes and goes.
import DOMPurify from "dompurify";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => root.querySelectorAll(selector);

// The purifier that NiceGUI runs over our HTML drops targets: links of untrusted text get theirs back, safely.
DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A" && /^https?:/i.test(node.getAttribute("href") || "")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

// --- Sending -------------------------------------------------------------------------------------------------------

async function post(address, body, method = "POST") {
  const options = { method, headers: { "Idempotency-Key": uniqueKey() }, body };
  if (body && !(body instanceof FormData)) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    throw new Error("Roundtable does not answer; is it still running?");
  }
  if (answer.status === 401) location.assign("/login?next=" + encodeURIComponent(location.pathname));
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail || "That was not taken.");
  return said;
}

function uniqueKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const attached = new WeakMap();
const filesOf = (box) => attached.get(box) || [];

async function send(box) {
  const say = $("textarea", box);
  const files = filesOf(box);
  if (box.dataset.busy || (!say.value.trim() && !files.length)) return say.focus();
  const form = new FormData();
  form.append(box.dataset.field, say.value);
  const team = $('input[name="team"]:checked');
  if (team && box.dataset.field === "task") form.append("team", team.value);
  for (const file of files) form.append("files", file, file.name);
  problem(box, "");
  busy(box, true);
  try {
    const taken = await post(box.dataset.action, form);
    say.value = "";
    attach(box, []);
    keepDraft(box);
    fit(say);
    stuck = true;
    if (box.dataset.field === "task") location.assign(taken.url);
  } catch (error) {
    problem(box, error.message);
  } finally {
    busy(box, false);
    say.focus();
  }
}

function busy(box, on) {
  box.toggleAttribute("data-busy", on);
  $(".go", box).disabled = on;
}

function problem(box, text) {
  const line = $(".problem", box);
  line.textContent = text;
  line.hidden = !text;
}

// --- Deciding ------------------------------------------------------------------------------------------------------

// Edit and Reject first open what they need; the second click sends it.
function opens(card, button) {
  const verdict = button.dataset.verdict;
  const field = { edit: ".edits", reject: ".reason" }[verdict];
  const more = field && $(field, card);
  if (!more || !more.hidden) return false;
  more.hidden = false;
  $("span", button).textContent = verdict === "edit" ? "Run the edited code" : "Reject and say why";
  lead(card, button);
  (verdict === "edit" ? $(".edit", more) : more).focus();
  return true;
}

// Whoever edits and then presses the green button means the edited code.
function lead(card, button) {
  for (const each of $$("[data-verdict]", card)) each.className = each === button ? "go" : "quiet";
  if (button.dataset.verdict === "edit") $("[data-verdict=approve] span", card).textContent = "Approve unchanged";
}

async function decide(card, button) {
  if (opens(card, button)) return;
  const verdict = button.dataset.verdict;
  const decision = { request: card.dataset.request, verdict, digest: card.dataset.digest };
  if (verdict === "reject") decision.reason = $(".reason", card).value;
  if (verdict === "raise") {
    decision.amount = Number($(".amount input", card).value);
    // The API takes 0 for what the card offers; a field that somebody has emptied does not mean that.
    if (!(decision.amount > 0)) {
      return problem(card, "A raise is a number above 0, such as 2.50; nothing was decided.");
    }
  }
  if (verdict === "edit") {
    decision.blocks = [...$$(".edit", card)].map((area) => ({ code: area.value, language: area.dataset.language }));
  }
  for (const each of $$("button", card)) each.disabled = true;
  try {
    await post(card.dataset.decide, decision);
  } catch (error) {
    for (const each of $$("button", card)) each.disabled = false;
    problem(card, error.message);
  }
}

// --- Attaching -----------------------------------------------------------------------------------------------------

function attach(box, files) {
  attached.set(box, files);
  $(".attached", box).replaceChildren(...files.map((file, index) => chip(box, file, index)));
}

// A file that Roundtable ships.
async function bundled(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.status);
  return new File([await answer.blob()], address.split("/").pop());
}

function chip(box, file, index) {
  const item = document.createElement("li");
  const name = document.createElement("bdi");
  const remove = document.createElement("button");
  item.className = "chip";
  name.textContent = file.name;
  remove.type = "button";
  remove.className = "quiet";
  remove.setAttribute("aria-label", "Remove " + file.name);
  remove.textContent = "×";
  remove.onclick = () => attach(box, filesOf(box).filter((_, other) => other !== index));
  item.append(name, remove);
  return item;
}

function add(box, files) {
  const all = [...filesOf(box), ...files];
  const limit = Number(box.dataset.limit);
  if (all.reduce((sum, file) => sum + file.size, 0) > limit) {
    return problem(box, `The files of one message may have ${limit / 1e6} MB together; attach less, or a sample.`);
  }
  problem(box, "");
  attach(box, all);
}

// --- Clicks and keys -----------------------------------------------------------------------------------------------

const clicks = {
  ".unfold": (button) => {
    const open = button.getAttribute("aria-expanded") === "false";
    button.setAttribute("aria-expanded", open);
    button.textContent = open ? button.dataset.less : button.dataset.more;
    $("pre", button.closest("figure")).classList.toggle("folded", !open);
  },
  ".copy": async (button) => {
    const label = $("span", button);
    try {
      await navigator.clipboard.writeText($("code", button.closest("figure")).textContent);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Not allowed";
    }
    setTimeout(() => (label.textContent = "Copy"), 1500);
  },
  ".picture": (button) => enlarge($("img", button)),
  ".attach": (button) => $("input[type=file]", button.closest(".box")).click(),
  "[data-verdict]": (button) => decide(button.closest(".card"), button),
  ".example": async (button) => {
    const box = $(".box");
    $("textarea", box).value = button.dataset.task;
    try {
      if (button.dataset.file) attach(box, [await bundled(button.dataset.file)]);
      send(box);
    } catch {
      problem(box, "The example's file cannot be loaded; is Roundtable still running?");
    }
  },
  "[data-drawer]": (button) => drawer(button.dataset.drawer),
  "[data-stop]": async (button) => {
    button.disabled = true;
    $("span", button).textContent = "Stopping…";
    try {
      await post(button.dataset.stop);
    } catch (error) {
      button.disabled = false;
      $("span", button).textContent = "Stop";
      problem($(".box"), error.message);
    }
  },
  "[data-delete]": async (button) => {
    const question = "Delete this session, with everything said and made in it, for good?";
    if (!(await confirmed(question, "Delete"))) return;
    button.disabled = true;
    $("span", button).textContent = "Deleting…";
    try {
      await post(button.dataset.delete, undefined, "DELETE");
      sessionStorage.removeItem(draftKey());
      // Every window is told when the session is gone, this one too, and leaves then.
    } catch (error) {
      button.disabled = false;
      $("span", button).textContent = "Delete session";
      problem($(".box"), error.message);
    }
  },
  "[data-post]": async (button) => {
    await fetch(button.dataset.post, { method: "POST" });
    location.assign("/");
  },
};

document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(clicks)) {
    const target = event.target.closest(selector);
    if (target) return act(target);
  }
  const inDrawer = event.target.closest(".side, .info");
  if (document.body.dataset.drawer && !inDrawer) drawer("");
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.dataset.drawer) return drawer("");
  const writing = event.target.closest?.(".box textarea");
  if (writing && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send(writing.closest(".box"));
  }
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".box")) return;
  event.preventDefault();
  send(event.target);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches(".box input[type=file]")) return;
  add(event.target.closest(".box"), event.target.files);
  event.target.value = "";
});

document.addEventListener("input", (event) => {
  if (!event.target.matches(".box textarea")) return;
  fit(event.target);
  keepDraft(event.target.closest(".box"));
});

document.addEventListener("paste", (event) => {
  const box = event.target.closest?.(".box");
  if (box && event.clipboardData.files.length) {
    event.preventDefault();
    add(box, event.clipboardData.files);
  }
});

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const inside = kind === "dragenter" || kind === "dragover";
    document.body.classList.toggle("dropping", inside);
    if (kind === "drop") add($(".box"), event.dataTransfer.files);
  });
}

function drawer(name) {
  const before = document.body.dataset.drawer;
  if (name) document.body.dataset.drawer = name;
  else delete document.body.dataset.drawer;
  if (name) $(`.${name} .close`)?.focus();
  else if (before) $(`[data-drawer="${before}"]`)?.focus();
}

function enlarge(picture) {
  const dialog = document.createElement("dialog");
  const copy = document.createElement("img");
  const close = document.createElement("button");
  dialog.className = "lightbox";
  dialog.setAttribute("aria-label", picture.alt);
  copy.src = picture.src;
  copy.alt = picture.alt;
  close.type = "button";
  close.className = "quiet";
  close.textContent = "Close";
  dialog.append(copy, close);
  dialog.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}

function confirmed(question, yes) {
  const dialog = document.createElement("dialog");
  const text = document.createElement("p");
  dialog.className = "confirm";
  dialog.setAttribute("aria-label", question);
  text.textContent = question;
  dialog.append(text, choice("Keep", "quiet", () => dialog.close("")), choice(yes, "stop", () => dialog.close("yes")));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    };
  });
}

function choice(label, look, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = look;
  button.textContent = label;
  button.onclick = act;
  return button;
}

// --- Drafts and the size of the box --------------------------------------------------------------------------------

const draftKey = () => "draft " + location.pathname;

function keepDraft(box) {
  const text = $("textarea", box).value;
  if (text) sessionStorage.setItem(draftKey(), text);
  else sessionStorage.removeItem(draftKey());
}

function fit(area) {
  area.style.height = "auto";
  area.style.height = area.scrollHeight + "px";
}

// --- Time ----------------------------------------------------------------------------------------------------------

function clock(node) {
  const at = new Date(Number(node.dataset.at) * 1000);
  const today = at.toDateString() === new Date().toDateString();
  const style = today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  node.dateTime = at.toISOString();
  node.title = at.toLocaleString();
  node.textContent = at.toLocaleString([], style);
}

function tick() {
  for (const node of $$("[data-elapsed]")) {
    node.since ??= performance.now() - Number(node.dataset.elapsed) * 1000;
    const seconds = Math.floor((performance.now() - node.since) / 1000);
    const text = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    if (node.textContent !== text) node.textContent = text;
  }
}
setInterval(tick, 500);

// --- Following the thread ------------------------------------------------------------------------------------------

let stuck = true;
let asked = null;
const HINTS = {
  "is-running": "Say something to the team while it works",
  "is-waiting": "Answer, or say what is to change",
  "is-paused": "Say something to the team",
  "is-ended": "Reply to go on from here",
};

function settle() {
  for (const node of $$("time[data-at]:empty")) clock(node);
  tick();
  const scroll = $("#scroll");
  if (scroll && !scroll.dataset.watched) watch(scroll);
  const say = $("#say");
  if (say && !say.dataset.ready) {
    say.dataset.ready = "yes";
    say.value ||= sessionStorage.getItem(draftKey()) || "";
    fit(say);
    if (!$(".thread") && matchMedia("(pointer: fine)").matches) say.focus();
  }
  const app = $(".app");
  if (say && app && $(".thread")) {
    const status = Object.keys(HINTS).find((name) => app.classList.contains(name));
    if (status && say.placeholder !== HINTS[status]) say.placeholder = HINTS[status];
    const question = app.classList.contains("is-waiting") ? [...$$(".turn.asks")].at(-1) : null;
    if (question && question !== asked && document.activeElement === document.body) {
      if (matchMedia("(pointer: fine)").matches) say.focus({ preventScroll: true });
    }
    asked = question;
  }
}

function watch(scroll) {
  scroll.dataset.watched = "yes";
  let before = 0;
  scroll.addEventListener("scroll", () => {
    // Only a person scrolls up; being away from the end may just mean that a picture has come in.
    const away = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight > 60;
    if (!away || scroll.scrollTop < before) stuck = !away;
    before = scroll.scrollTop;
  });
  const follow = () => {
    if (stuck) scroll.scrollTop = scroll.scrollHeight;
  };
  new ResizeObserver(follow).observe($(".thread", scroll));
  new ResizeObserver(follow).observe(scroll);
}

new MutationObserver(settle).observe(document.body, { childList: true, subtree: true, attributeFilter: ["class"] });
settle();
