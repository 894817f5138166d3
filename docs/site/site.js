/* The search, the menu of narrow windows, and the choice of light or dark. Needs no server: the index is a script. */
"use strict";

const field = document.getElementById("search");
const list = document.getElementById("results");
const RESULTS = 20;
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

/* How well a row fits: 0 if one of the words is missing. Names count more than headings, headings more than text. */
function score([title, , kind, summary, words], wanted) {
    const name = title.toLowerCase();
    const text = (summary + " " + words).toLowerCase();
    let sum = 0;
    for (const word of wanted) {
        const at = name.indexOf(word);
        if (name === word || name === word + "()")
            sum += 100;
        else if (at === 0 || /[\W_]/.test(name[at - 1] || "x"))
            sum += 30 - Math.min(name.length / 10, 10);
        else if (at > 0)
            sum += 12 - Math.min(name.length / 10, 10);
        else if (text.includes(word))
            sum += 3;
        else
            return 0;
    }
    if (kind === "source")
        return sum / 4;
    return kind === "function" || kind === "guide" ? sum + 2 : sum;
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
    const wanted = field.value.toLowerCase().replace(/\(\)/g, "").split(/\s+/).filter(Boolean);
    if (typeof boxdIndex === "undefined")
        return;
    const found = wanted.length === 0 ? [] : boxdIndex.map((row) => [score(row, wanted), row])
        .filter(([points]) => points > 0).sort((a, b) => b[0] - a[0]).slice(0, RESULTS);
    list.replaceChildren(...found.map(([, row]) => entry(row)));
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
