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
/* Words of newcomers that the titles do not have, and the titles of the answers, the best first. They precede all
   other results. The order of the words does not matter. docs/site/build.py checks the titles. */
const ANSWERS = {
    "401": ["BOXD_ERR_AUTHENTICATION", "When a credential fails"],
    "403": ["BOXD_ERR_PERMISSION_DENIED"],
    "404": ["BOXD_ERR_NOT_FOUND"],
    "429": ["BOXD_ERR_QUOTA", "How do I retry a call safely?"],
    "500": ["BOXD_ERR_INTERNAL"],
    "background": ["boxd_job_start()", "How do I run a command that outlives my program?"],
    "cat": ["boxd_box_read_file()", "How do I read and write a small file?"],
    "connection refused": ["BOXD_ERR_CONNECTION"],
    "copy file": ["How do I copy a large file?", "boxd_box_upload()", "boxd_box_download()"],
    "cp": ["How do I copy a large file?", "boxd_box_upload()", "boxd_box_download()", "boxd_box_copy_path()"],
    "create box": ["boxd_box_create()"],
    "daemon": ["boxd_job_start()", "How do I run a command that outlives my program?"],
    "delete box": ["boxd_box_destroy()", "How do I make sure that no box is left behind?"],
    "delete file": ["boxd_box_delete_path()"],
    "detach": ["boxd_job_start()", "How do I run a command that outlives my program?"],
    "disconnect": ["BOXD_ERR_CONNECTION"],
    "download file": ["boxd_box_download()", "How do I copy a large file?"],
    "env": ["How do I run a shell line, in a directory, with variables?", "Authentication and configuration"],
    "environment variable": ["How do I run a shell line, in a directory, with variables?", "Authentication and configuration"],
    "exit code": ["How do I get the output and the exit code?", "boxd_exec_result"],
    "exit status": ["How do I get the output and the exit code?", "boxd_exec_result"],
    "free": ["Threads and ownership"],
    "get file": ["boxd_box_download()", "boxd_box_read_file()", "How do I copy a large file?"],
    "getting started": ["Ten minutes"],
    "hang": ["How do I set a timeout?"],
    "hello world": ["Ten minutes"],
    "input": ["How do I give a command its input?", "boxd_process_write()", "boxd_input"],
    "interactive": ["How do I give the user a shell?", "boxd_terminal_open()"],
    "leak": ["Threads and ownership"],
    "list files": ["boxd_box_list_dir()", "How do I list a directory?"],
    "ls": ["boxd_box_list_dir()", "How do I list a directory?"],
    "memory out": ["BOXD_ERR_NO_MEMORY"],
    "multithreading": ["Threads and ownership"],
    "new box": ["boxd_box_create()"],
    "nohup": ["boxd_job_start()", "How do I run a command that outlives my program?"],
    "parallel": ["How do I run calls in parallel?"],
    "pipe": ["How do I talk to a command?", "boxd_box_exec_stream()"],
    "popen": ["boxd_box_exec_stream()", "How do I read output while the command runs?", "How do I talk to a command?"],
    "port forward": ["boxd_port_expose()", "How do I open a TCP port?"],
    "pty": ["How do I give the user a shell?", "boxd_terminal_open()", "boxd_exec_options"],
    "put file": ["boxd_box_upload()", "boxd_box_write_file()", "How do I copy a large file?"],
    "quick start": ["Ten minutes"],
    "quickstart": ["Ten minutes"],
    "rate limit": ["BOXD_ERR_QUOTA", "How do I retry a call safely?"],
    "read file": ["boxd_box_read_file()", "How do I read and write a small file?"],
    "reconnect": ["BOXD_ERR_CONNECTION", "How do I retry a call safely?"],
    "remove box": ["boxd_box_destroy()", "How do I make sure that no box is left behind?"],
    "remove file": ["boxd_box_delete_path()"],
    "return code": ["How do I get the output and the exit code?", "boxd_exec_result"],
    "rm": ["boxd_box_delete_path()", "boxd_box_destroy()"],
    "rsync": ["boxd_box_sync_dir()", "How do I copy a directory, and later what has changed?"],
    "scp": ["How do I copy a large file?", "boxd_box_upload()", "boxd_box_download()"],
    "send file": ["boxd_box_upload()", "boxd_box_write_file()", "How do I copy a large file?"],
    "spawn": ["boxd_box_exec_stream()", "boxd_job_start()"],
    "stderr": ["How do I get the output and the exit code?", "boxd_exec_result", "boxd_process_read_stderr()"],
    "stdin": ["How do I give a command its input?", "boxd_process_write()", "boxd_input"],
    "stdout": ["How do I get the output and the exit code?", "boxd_exec_result", "boxd_process_read_stdout()"],
    "subprocess": ["How do I get the output and the exit code?", "boxd_box_exec()", "boxd_box_exec_stream()"],
    "system": ["boxd_box_exec_shell()"],
    "thread safe": ["Threads and ownership"],
    "tty": ["How do I give the user a shell?", "boxd_terminal_open()", "boxd_exec_options"],
    "tutorial": ["Ten minutes"],
    "upload file": ["boxd_box_upload()", "How do I copy a large file?"],
    "write file": ["boxd_box_write_file()", "How do I read and write a small file?"],
};
const SHORT = 3; /* words of this many letters or fewer must begin where a word of the text begins */
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
    const inside = own && word.length > SHORT;
    if (name === word && own)
        return 100;
    let best = 0;
    for (let at = name.indexOf(word); at >= 0; at = name.indexOf(word, at + 1)) {
        const begins = at === 0 || /[\W_]/.test(name[at - 1]);
        const ends = at + word.length === name.length || /[\W_]/.test(name[at + word.length]);
        if (begins || inside)
            best = Math.max(best, (begins && ends ? 34 : begins ? 28 : 12) - length);
    }
    if (best > 0)
        return best;
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
        if (at === 0 || inside || /[\W_]/.test(text[at - 1]))
            return 3;
    return 0;
}

/* {title: points} of the titles in ANSWERS whose words are all wanted, and at least half of the wanted words. */
function answersOf(wanted) {
    const points = {};
    for (const [words, titles] of Object.entries(ANSWERS)) {
        const own = words.split(" ").map(stems);
        if (own.length * 2 >= wanted.length && own.every((word) => wanted.includes(word)))
            titles.forEach((title, place) => points[title] = Math.max(points[title] || 0, 140 + 10 * own.length - place));
    }
    return points;
}

/* {points, missing}: how well a row fits, and how many of the words it does not have. */
function score(row, wanted, answers) {
    if (Object.hasOwn(answers, row.row[0]))
        return {row: row.row, points: answers[row.row[0]], missing: 0};
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
    const answers = answersOf(wanted);
    const found = rows.map((row) => score(row, wanted, answers)).filter(({points}) => points > 0)
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
