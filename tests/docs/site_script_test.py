"""site_script_test.py: the search, the menu and the choice of light or dark of the site work in a browser without a server.
Usage: site_script_test.py SOURCE_DIR. Skipped if there is no Chromium, or if a tool that builds the site is missing."""

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77

# {words in the field: (a title that is found, how many places from the top)}
QUERIES = {
    "proxy": ("Proxies and TLS", 5),
    "proxies": ("Proxies and TLS", 5),
    "boxes": ("How do I pause a box?", 20),
    "upload folder": ("boxd_box_upload_dir()", 3),
    "idempotent": ("How do I retry a call safely?", 3),
    "backoff": ("How do I retry a call safely?", 3),
    "retry safely": ("How do I retry a call safely?", 1),
    "mock": ("Testing your own program", 5),
    "fake": ("How do I test my program without an account?", 5),
    "uninstall": ("How do I uninstall the library?", 1),
    "ssh": ("How do I give the user a shell?", 5),
    "kill": ("How do I cancel a call from another thread?", 3),
    "password": ("Authentication and configuration", 5),
    "secret": ("Authentication and configuration", 10),
    "how do I set a timeout?": ("How do I set a timeout?", 1),
    "timeout zzqx": ("How do I set a timeout?", 1),
    "boxd_proxy_free()": ("boxd_proxy_free()", 1),
    "BOXD_OPTIONS": ("BOXD_OPTIONS", 1),
    "BOXD_INPUT_BYTES": ("BOXD_INPUT_BYTES", 1),
    "stdin": ("How do I give a command its input?", 1),
    "write to stdin": ("boxd_process_write()", 2),
    "send input": ("boxd_input", 3),
    "background": ("boxd_job_start()", 1),
    "background command": ("boxd_job_start()", 1),
    "nohup": ("boxd_job_start()", 1),
    "tty": ("How do I give the user a shell?", 1),
    "popen": ("boxd_box_exec_stream()", 1),
    "getting started": ("Ten minutes", 1),
    "tutorial": ("Ten minutes", 1),
    "hello world": ("Ten minutes", 1),
    "401": ("BOXD_ERR_AUTHENTICATION", 1),
    "connection refused": ("BOXD_ERR_CONNECTION", 1),
    "rate limit": ("BOXD_ERR_QUOTA", 1),
    "list files": ("boxd_box_list_dir()", 1),
    "new box": ("boxd_box_create()", 1),
    "delete box": ("boxd_box_destroy()", 1),
    "get file": ("boxd_box_download()", 1),
    "put file": ("boxd_box_upload()", 1),
    "send file": ("boxd_box_write_file()", 2),
    "read exit code": ("boxd_exec_result", 2),
    "ls": ("boxd_box_list_dir()", 1),
    "cat": ("boxd_box_read_file()", 1),
}

# Runs in the page when it is complete, and leaves what happened in the element "log".
STEPS = """
const log = {};
const done = () => {
    const element = document.createElement("pre");
    element.id = "log";
    element.textContent = JSON.stringify(log);
    document.body.append(element);
};
const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const type = (words) => {
    field.value = words;
    field.dispatchEvent(new Event("input"));
    return [...list.querySelectorAll("a")].map((link) => link.firstChild.textContent);
};
const steps = () => {
    log.function = type("boxd_box_exec");
    log.address = list.querySelector("a.chosen").getAttribute("href");
    log.words = type("cancel token");
    log.status = type("BOXD_ERR_TOO_LARGE");
    log.several = type("box");
    press("ArrowDown");
    log.second = [...list.querySelectorAll("a")].findIndex((link) => link.classList.contains("chosen"));
    press("ArrowUp");
    press("ArrowUp");
    log.last = [...list.querySelectorAll("a")].findIndex((link) => link.classList.contains("chosen"));
    log.queries = Object.fromEntries(QUERIES.map((words) => [words, type(words)]));
    log.parts = [["ls", "proxies and tls"], ["cat", "authentication"]].map(([word, text]) => wordScore({name: text, text}, word, true));
    log.nothing = type("zzqx");
    log.none = list.textContent;
    press("Escape");
    log.hidden = list.hidden;
    log.empty = type("");
    menu.click();
    log.opened = [nav.classList.contains("open"), menu.getAttribute("aria-expanded")];
    document.body.click();
    log.closed = [nav.classList.contains("open"), menu.getAttribute("aria-expanded")];
    const theme = document.getElementById("theme");
    theme.click();
    const first = document.documentElement.dataset.theme;
    theme.click();
    log.themes = [first, document.documentElement.dataset.theme].sort();
    done();
};
addEventListener("load", () => {
    press("/");
    log.focused = document.activeElement === field;
    field.dispatchEvent(new Event("focus"));
    document.getElementById("search-index").addEventListener("load", steps);
});
"""


def run(browser, page, profile):
    """What the steps have found on a page."""
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
               "--virtual-time-budget=10000", "--dump-dom", page.as_uri()]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'<pre id="log">(.*?)</pre>', result.stdout, re.S)
    assert found, f"the steps did not end on {page.name}: {result.stderr[-2000:]}"
    return json.loads(html.unescape(found[1]))


def check(log, site):
    assert log["focused"], "the key / does not lead to the search"
    assert log["function"][0].startswith("boxd_box_exec"), log["function"]
    assert (site / log["address"].partition("#")[0]).is_file(), log["address"]
    assert any("cancel" in title.lower() for title in log["words"]), log["words"]
    assert log["status"][0].startswith("BOXD_ERR_TOO_LARGE"), log["status"]
    count = len(log["several"])
    assert count == 20 and log["second"] == 1 and log["last"] == count - 1, log
    for words, (title, places) in QUERIES.items():
        found = log["queries"][words]
        assert title in found[:places], f"{words}: {title} is not among the first {places}: {found}"
    assert log["parts"] == [0, 0], "a short word was found inside another one"
    assert not log["queries"]["proxy"][0].endswith("_free()"), log["queries"]["proxy"]
    assert log["nothing"] == [] and log["none"] == "Nothing found", log
    assert log["hidden"] and log["empty"] == [], log
    assert log["opened"] == [True, "true"] and log["closed"] == [False, "false"], log
    assert log["themes"] == ["dark", "light"], log


def main():
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        print("site_script_test.py: skipped, because there is no Chromium")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        build = subprocess.run([sys.executable, "-B", f"{sys.argv[1]}/docs/site/build.py", "--only", "html", folder], check=False)
        if build.returncode:
            return build.returncode
        site = Path(folder) / "html"
        steps = f"const QUERIES = {json.dumps(list(QUERIES))};{STEPS}"
        for name in ("index.html", "boxd_box_exec.html"):
            page = site / name
            page.write_text(page.read_text().replace("</body>", f"<script>{steps}</script></body>"))
            check(run(browser, page, Path(folder) / "profile"), site)
    return 0


sys.exit(main())
