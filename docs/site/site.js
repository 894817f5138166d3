/* The search, the menu of narrow windows, and the choice of light or dark. Needs no server: the index is a script. */
"use strict";

const field = document.getElementById("search");
const list = document.getElementById("results");
const RESULTS = 20;
const FEW = 5;
let chosen = -1;

function loadIndex() {
    if (document.getElementById("search-index"))
        return;
    const script = document.createElement("script");
    script.id = "search-index";
    script.src = "search-index.js";
    script.onload = show;
    document.head.append(script);
}

/* What else the index calls a word. The words are stems: see stem(). */
const SYNONYMS = {
    async: ["callback"],
    authenticate: ["authentication"],
    backoff: ["retry", "repeat"],
    cancel: ["abort", "kill"],
    command: ["exec"],
    container: ["box"],
    copy: ["upload", "download"],
    credential: ["key", "token", "authentication"],
    deadline: ["timeout"],
    delete: ["destroy", "remove"],
    directory: ["dir"],
    environment: ["env"],
    fake: ["emulator", "test"],
    fetch: ["download"],
    folder: ["directory", "dir"],
    idempotent: ["retry", "repeat", "once"],
    kill: ["cancel", "signal", "stop"],
    login: ["authentication", "key"],
    machine: ["box"],
    mock: ["emulator", "test"],
    password: ["key", "token", "authentication"],
    pause: ["suspend"],
    process: ["exec", "command"],
    remove: ["destroy", "delete"],
    retry: ["repeat", "again", "retries"],
    run: ["exec"],
    safe: ["repeat"],
    sandbox: ["box"],
    secret: ["key", "token", "authentication"],
    shell: ["terminal", "exec"],
    ssh: ["terminal", "shell"],
    stop: ["cancel", "kill"],
    stub: ["emulator", "test"],
    terminate: ["cancel", "kill"],
    uninstall: ["remove"],
    unlink: ["remove", "delete"],
    vm: ["box"],
};
const STOP_WORDS = new Set(["a", "an", "and", "can", "do", "does", "for", "how", "i", "in", "is", "my", "of", "on", "the", "to", "with"]);
let rows = [];

/* A word without the ending of a plural, an adverb or a participle: "proxies" and "proxy", "boxes" and "box" are one word. */
function stem(word) {
    if (word.length < 4)
        return word;
    return word.replace(/ies$/, "y").replace(/(x|ch|sh|ss)es$/, "$1").replace(/([^siu])s$/, "$1")
        .replace(/(..[^l])ly$/, "$1").replace(/(....)ing$/, "$1");
}

function stems(text) {
    return text.toLowerCase().replace(/[a-z]+/g, stem);
}

/* The name of a function or a type, as it stands in the field and in the index. */
function plainName(text) {
    return text.trim().toLowerCase().replace("()", "");
}

function prepare() {
    rows = boxdIndex.map((row) => {
        const [title, address, kind, summary, words] = row;
        const factor = /_free\(\)$/.test(title) ? 0.2 : kind === "source" ? 0.25 : 1;
        return {row, name: stems(plainName(title)), text: stems(summary + " " + words), factor, bonus: bonusOf(address, kind)};
    });
}

/* Answers and guides come before functions, and functions before types. */
function bonusOf(address, kind) {
    if (address.startsWith("cookbook.html#"))
        return 10;
    return kind === "guide" ? 8 : address.includes("#") ? 4 : kind === "function" ? 2 : 0;
}

/* How well a word fits a row; 0: not at all. Names count more than text, whole words more than parts. A synonym (not `own`)
   is no part of a word. */
function wordScore({name, text}, word, own) {
    const length = Math.min(name.length / 10, 10);
    if (name === word && own)
        return 100;
    let best = 0;
    for (let at = name.indexOf(word); at >= 0; at = name.indexOf(word, at + 1)) {
        const begins = at === 0 || /[\W_]/.test(name[at - 1]);
        const ends = at + word.length === name.length || /[\W_]/.test(name[at + word.length]);
        if (begins || own)
            best = Math.max(best, (begins && ends ? 34 : begins ? 28 : 12) - length);
    }
    if (best > 0)
        return best;
    const at = text.indexOf(word);
    return at === 0 || at > 0 && (own || /[\W_]/.test(text[at - 1])) ? 3 : 0;
}

/* {points, missing}: how well a row fits, and how many of the words it does not have. */
function score(row, wanted) {
    let points = 0, missing = 0;
    for (const word of wanted) {
        let best = wordScore(row, word, true);
        for (const other of Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : [])
            best = Math.max(best, 0.8 * wordScore(row, stem(other), false));
        points += best;
        missing += best === 0;
    }
    const exact = /_/.test(row.name) && plainName(row.row[0]) === plainName(field.value);
    return {row: row.row, points: exact ? 200 : points > 0 ? (points + row.bonus) * row.factor : 0, missing};
}

/* The rows with all words, and behind them, when these are few, the rows with most of the words. */
function find(wanted) {
    const found = rows.map((row) => score(row, wanted)).filter(({points}) => points > 0)
        .sort((a, b) => a.missing - b.missing || b.points - a.points);
    const complete = found.filter(({missing}) => missing === 0);
    return (complete.length < FEW ? found.filter(({missing}) => missing * 2 <= wanted.length) : complete).slice(0, RESULTS);
}

/* The stems of the words in the field. Words as "how" and "the" count only if there are no others. */
function wantedWords() {
    const words = field.value.toLowerCase().replace(/\(\)/g, "").split(/[\s?]+/).filter(Boolean);
    const telling = words.filter((word) => !STOP_WORDS.has(word));
    return (telling.length > 0 ? telling : words).map(stems);
}

function entry(row) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const about = document.createElement("small");
    link.href = row[1];
    link.textContent = row[0];
    about.textContent = row[2] + (row[3] ? ": " + row[3] : "");
    link.append(about);
    item.append(link);
    return item;
}

function show() {
    if (typeof boxdIndex === "undefined")
        return;
    if (rows.length === 0)
        prepare();
    const wanted = wantedWords();
    const found = wanted.length === 0 ? [] : find(wanted);
    list.replaceChildren(...found.map(({row}) => entry(row)));
    if (wanted.length > 0 && found.length === 0) {
        const none = document.createElement("li");
        none.className = "none";
        none.textContent = "Nothing found";
        list.append(none);
    }
    list.hidden = wanted.length === 0;
    choose(found.length > 0 ? 0 : -1);
}

function choose(index) {
    const links = list.querySelectorAll("a");
    links.forEach((link, i) => link.classList.toggle("chosen", i === index));
    chosen = index;
    if (links[index])
        links[index].scrollIntoView({block: "nearest"});
}

field.addEventListener("focus", loadIndex);
field.addEventListener("input", () => {
    loadIndex();
    show();
});
field.addEventListener("keydown", (event) => {
    const links = list.querySelectorAll("a");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose((chosen + (event.key === "ArrowDown" ? 1 : links.length - 1)) % Math.max(links.length, 1));
    } else if (event.key === "Enter" && links[chosen]) {
        location.href = links[chosen].href;
    } else if (event.key === "Escape") {
        list.hidden = true;
    }
});
document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) {
        event.preventDefault();
        field.focus();
    }
});

const menu = document.getElementById("menu");
const nav = document.getElementById("nav");
function openMenu(open) {
    nav.classList.toggle("open", open);
    menu.setAttribute("aria-expanded", String(open));
}
menu.addEventListener("click", () => openMenu(!nav.classList.contains("open")));
document.addEventListener("click", (event) => {
    if (!nav.contains(event.target) && event.target !== menu)
        openMenu(false);
    if (!event.target.closest(".search"))
        list.hidden = true;
});
const current = nav.querySelector("[aria-current]");
if (current && current.offsetTop > nav.clientHeight - 60)
    nav.scrollTop = current.offsetTop - nav.clientHeight / 2;

document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
        localStorage.setItem("boxd-theme", root.dataset.theme);
    } catch (e) {
        /* no storage: the choice holds for this page */
    }
});
