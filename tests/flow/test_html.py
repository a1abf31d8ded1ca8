"""The report as a page: its figures are the report's, nothing from outside is more than text, nobody is shut out, and it needs no network."""
import html.parser
import io
import json
import os
import shutil
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser, chromium  # noqa: E402
from emulator import Emulator, env  # noqa: E402
from program import ROOT, Workspace, equal, main, packshot  # noqa: E402
from test_api import catalogue  # noqa: E402

AXE = os.path.join(ROOT, "tests/flow/page")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "packshot-tests/axe-core-4.14.1")
ITEMS = 36
FAULTS = dict(enumerate(["lost", "safety", "off_white", "at_frame", "off_white", "no_image", "half_jpeg", "lost", "bad_request", "blocked"]))

# Each says so by a dialogue if any of it is ever more than text.
HOSTILE = [
    {"sku": '"><script>alert(1)</script>', "title": "</title></style></script><img src=x onerror=alert(2)>", "images": ["photo-20.jpg"],
     "product_info": {"category": "</script><script>alert(3)</script>", "brand": "x' onload='alert(4)"}},
    {"sku": "gpj.\u202eexe", "title": "\u2066<svg onload=alert(5)>\u2069 \u0007&lt;b&gt;", "images": ["javascript:alert(6)"],
     "product_info": {"category": "</style><b>"}},
    {"sku": "javascript:alert(7)//", "title": "<!--", "images": ["http://127.0.0.1:9/\"onmouseover=\"alert(8)\"<x>.jpg"]},
    {"sku": "..\\..//a&amp;b %00'", "title": "\U000e0041\ufeff", "images": ["photo-21.jpg", "photo-22.jpg"],
     "product_info": {"category": "data:text/html,<script>alert(9)</script>"}},
    {"sku": "missing", "title": "<a href=javascript:alert(10)>x</a>", "images": ["no<br>where.jpg"]},
]


class Shop:
    """Three nights in one workspace; the last one is the one that went wrong. Kept for all tests of this file."""

    def __init__(self):
        self.work = Workspace()
        self.work.__enter__()
        with Emulator("--latency-ms", "20") as server:
            manifest = catalogue(self.work, ITEMS)
            for some in 0.4, 0.8:
                with open(manifest, encoding="utf-8") as f:
                    lines = f.readlines()[:int(some * ITEMS)]
                self.run(server, self.work.write("night.jsonl", "".join(lines)), 0)
            with open(catalogue(self.work, ITEMS, FAULTS), encoding="utf-8") as f:
                lines = f.read()
            self.run(server, self.work.write("night.jsonl", lines + "".join(json.dumps(h) + "\n" for h in HOSTILE)), 1)
            packshot("rerun", "--out", self.work.out, "--yes", "--timeout", "1", "--retries", "1", *server.flags(), env=env(), status=None)
        self.page = os.path.join(self.work.out, "report.html")
        self.made = packshot("report", "--out", self.work.out, "--format", "html", "--to", self.page)
        self.json = json.loads(packshot("report", "--out", self.work.out, "--format", "json").stdout)
        with open(self.page, encoding="utf-8", newline="") as f:
            self.html = f.read()

    def run(self, server, manifest, status):
        packshot("run", manifest, "--out", self.work.out, "--timeout", "1", "--retries", "2", *server.flags(), env=env(), status=status)


class Outline(html.parser.HTMLParser):
    """Tags, attributes, the figures of the tiles, and each element's text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.tiles, self.counts, self.term, self.data = [], {}, [], None, ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "data" and self.data:
            self.tiles[self.data] = float(attrs["value"])
            self.data = ""
        elif tag == "data":
            self.counts.append(int(attrs["value"]))
        self.term = tag

    def handle_data(self, data):
        if self.term == "dt":
            self.data, self.term = data, None

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


shop = Shop()


def test_figures():
    """To the cent what `report --format json` says."""
    tiles, report = Outline(shop.html).tiles, shop.json
    items, cost = report["items"], report["cost"]
    want = {"Success rate": report["success_rate"], "Accepted": items["succeeded"], "Failed": items["failed"], "Review": items["review"],
            "Rejected": items["rejected"], "Total cost": cost["total_usd"], "Cost per accepted": cost["per_accepted_usd"],
            "Saved by the cache": cost["saved_by_cache_usd"]}
    for name, value in want.items():
        assert abs(tiles[name] - value) < 5e-10 * max(1, value), (name, tiles[name], value)
    equal("failures", sorted(Outline(shop.html).counts, reverse=True), [f["count"] for f in report["failures"]])
    for cause in report["failures"]:
        assert "<code>%s</code>" % cause["code"] in shop.html, cause
    for reason in report["review_reasons"]:
        assert "<code>%s</code>" % reason["reason"] in shop.html, reason
    assert cost["unknown_usd"] > 0 and items["review"] > 0 and items["failed"] > 0 and items["rejected"] > 0, report
    head = shop.html.split("<h1>")[1].split("</h1>")[0]
    for part in ("%d of %d pictures failed" % (items["failed"], items["total"]), "%d were rejected" % items["rejected"],
                 "and %d need a look" % items["review"], "the night cost $", "of it for answers that were lost."):
        assert part in head, (part, head)


def test_nothing_from_outside_is_markup():
    outline = Outline(shop.html)
    equal("scripts", len(outline.of("script")), 1)
    equal("styles", len(outline.of("style")), 1)
    equal("handlers", [a for _, a in outline.tags if any(name.startswith("on") for name in a)], [])
    equal("inline styles", [a for _, a in outline.tags if "style" in a], [])
    for attrs in outline.of("a"):
        scheme = urllib.parse.urlsplit(attrs["href"]).scheme
        assert scheme in ("", "http", "https"), attrs
    for attrs in outline.of("img"):
        assert urllib.parse.urlsplit(attrs["src"]).scheme in ("", "data", "file"), attrs["src"][:80]
    assert not any(c in shop.html for c in "\u202e\u2066\ufeff\u0007\U000e0041"), "characters that hide or turn text"
    for shown in ("[U+202E]", "&quot;&gt;&lt;script&gt;alert(1)", "javascript:alert(6)"):
        assert shown in shop.html, shown
    shown = [a["data-status"] for a in outline.of("li") if "data-status" in a]
    equal("pictures", len(shown), shop.json["items"]["total"])
    order = ["review", "rejected", "failed", "skipped", "succeeded"]
    equal("order", shown, sorted(shown, key=order.index))


def test_valid():
    """No error in the sense of HTML's own parser."""
    try:
        import html5lib
    except ImportError:
        print("| validity was not looked at: no python3-html5lib")
        return
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(io.BytesIO(shop.html.encode()), transport_encoding="utf-8")
    equal("errors", [(where, what) for where, what, _ in parser.errors], [])
    ids = [a["id"] for _, a in Outline(shop.html).tags if "id" in a]
    equal("ids twice", sorted(set(i for i in ids if ids.count(i) > 1)), [])


def links(text, folder):
    """The files that a page in this folder leads to."""
    outline, found = Outline(text), []
    for address in [a["src"] for a in outline.of("img")] + [a["href"] for a in outline.of("a")]:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme in ("", "file") and parts.path:
            found.append(os.path.normpath(os.path.join(folder, urllib.parse.unquote(parts.path))))
    return found


def test_places():
    """Wherever the page is, its links lead to the pictures."""
    work = shop.work
    pictures = set(work.pictures())
    for name in ("out/report.html", "out/reports/deep/er/page.html", "else/where.html"):
        path = work.path(name)
        packshot("report", "--out", work.out, "--format", "html", "--to", path)
        with open(path, encoding="utf-8") as f:
            found = links(f.read(), os.path.dirname(path))
        equal("missing from " + name, [p for p in found if not os.path.exists(p)], [])
        assert set(found) & pictures, name
        if not name.startswith("out/report"):
            equal("beside " + name, os.listdir(os.path.dirname(path)), [os.path.basename(path)])
    assert set(links(packshot("report", "--out", work.out, "--format", "html").stdout, work.out)) & pictures
    for kind in "text", "json":
        packshot("report", "--out", work.out, "--format", kind, "--to", work.path("plain"))
        with open(work.path("plain"), encoding="utf-8") as f:
            equal(kind, f.read(), packshot("report", "--out", work.out, "--format", kind).stdout)
    done = packshot("report", "--out", work.path("nowhere"), "--format", "html", "--to", work.path("nowhere/r.html"), status=2)
    assert "nothing has been run there" in done.stderr and not os.path.exists(work.path("nowhere")), done.stderr


def test_on_a_terminal():
    """A page is not for a terminal: it goes into the workspace."""
    os.unlink(shop.page)
    done = subprocess.run(["script", "-qec", " ".join([os.path.join(ROOT, os.environ.get("B", "build/plain"), "packshot"), "report", "--out",
                                                       shop.work.out, "--format", "html"]), "/dev/null"], stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL)
    equal("exit status", done.returncode, 0)
    assert "The report is in %s/report.html" % shop.work.out in done.stdout and "<html" not in done.stdout, done.stdout[:300]
    assert os.path.getsize(shop.page) > 10000


def test_missing_pictures():
    """What was removed meanwhile is a sentence, and no end of the report."""
    images, away = os.path.join(shop.work.out, "images"), shop.work.path("images-away")
    os.rename(images, away)
    try:
        text = packshot("report", "--out", shop.work.out, "--format", "html").stdout
    finally:
        os.rename(away, images)
    assert "The packshot is not there any more" in text


def test_size_and_memory():
    before = shop.work.path("timed.html")
    process = subprocess.Popen([os.path.join(ROOT, os.environ.get("B", "build/plain"), "packshot"), "report", "--out", shop.work.out, "--format",
                                "html", "--to", before])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    equal("exit status", process.returncode, 0)
    print("| %d pictures: %.2f s, %.0f KiB, %.0f MiB of memory" %
          (shop.json["items"]["total"], shop.made.seconds, os.path.getsize(before) / 1024, used.ru_maxrss / 1024))
    assert os.path.getsize(before) < 15e6
    if "SAN" not in os.environ and "san" not in os.environ.get("B", ""):
        assert used.ru_maxrss < 200 * 1024, used.ru_maxrss


# --- in a browser ---

def test_nothing_is_run_or_fetched(browser):
    for script in True, False:
        browser.look(script=script)
        browser.open("file://" + shop.page)
        browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
        equal("complaints", browser.complaints(), [])
        equal("requests", [u for u in browser.requests() if not u.startswith("file:///")], [])
        equal("too wide", browser.run("document.documentElement.scrollWidth"), 1280)
    # What a script that came in would try: the page's policy stops it.
    browser.look()
    browser.open("file://" + shop.page)
    browser.run("""(() => { const s = document.createElement("script"); s.textContent = "window.came_in = 1"; document.body.append(s);
        document.body.insertAdjacentHTML("beforeend", "<img src='http://127.0.0.1:9/x.png'><b onclick='window.came_in = 2'>x</b>");
        document.body.lastChild.click(); })()""")
    equal("came in", browser.run("window.came_in === undefined"), True)
    assert any("Content Security Policy" in c for c in browser.complaints()), browser.complaints()


def test_works(browser):
    """The slider by keyboard, sorting, filtering; and both pictures side by side without a script."""
    browser.look(height=2000)
    browser.open("file://" + shop.page)
    equal("sliders", browser.run("document.querySelectorAll('.pair input').length > 5"), True)
    browser.run("document.querySelector('.pair input').focus()")
    for _ in range(10):
        browser.press("ArrowRight", "ArrowRight", 39)
    equal("cut", browser.run("document.querySelector('.pair').style.getPropertyValue('--cut')"), "60%")
    browser.run("document.querySelector('[data-show=failed]').click()")
    equal("only failed", browser.run("[...document.querySelectorAll('.item')].every(i => i.hidden === (i.dataset.status !== 'failed'))"), True)
    browser.run("document.querySelector('[data-show=\"\"]').click()")
    for by, sorted_by in (("cost", "data-cost"), ("confidence", "data-confidence")):
        browser.run("(s => { s.value = '%s'; s.dispatchEvent(new Event('change')) })(document.getElementById('sort'))" % by)
        values = [float(v) for v in browser.run("[...document.querySelectorAll('.item')].map(i => i.getAttribute('%s'))" % sorted_by)]
        equal(by, values, sorted(values, reverse=by == "cost"))
    browser.look(script=False)
    browser.open("file://" + shop.page)
    apart = """(p => p.querySelector('.before').getBoundingClientRect().right <= p.querySelector('.after').getBoundingClientRect().left)
        (document.querySelector('.pair'))"""
    equal("side by side", browser.run(apart), True)
    equal("tools without a script", browser.run("getComputedStyle(document.querySelector('.tools')).display"), "none")


def test_phone_and_paper(browser):
    for dark in False, True:
        browser.look(390, 844, dark)
        browser.open("file://" + shop.page)
        browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
        equal("width on a phone", browser.run("document.documentElement.scrollWidth"), 390)
    browser.look(media="print")
    browser.open("file://" + shop.page)
    paper = browser.pdf()
    assert paper.startswith(b"%PDF") and len(paper) > 20000
    shots = os.environ.get("SHOTS")  # a folder for whoever wants to look at it
    for width, dark in [(w, d) for w in (1280, 390) for d in (False, True)] if shots else []:
        browser.look(width, 900, dark)
        browser.open("file://" + shop.page)
        browser.look(width, min(8000, browser.run("document.documentElement.scrollHeight") + 2000), dark)
        browser.run("new Promise(done => setTimeout(done, 300))")
        browser.shot(os.path.join(shots, "report-%d-%s.png" % (width, "dark" if dark else "light")))


def axe():
    """The text of the engine that looks for barriers; None where it cannot be had."""
    os.makedirs(CACHE, exist_ok=True)
    for name in os.listdir(AXE):
        shutil.copy(os.path.join(AXE, name), CACHE)
    script = os.path.join(CACHE, "node_modules/axe-core/axe.min.js")
    if not os.path.exists(script) and shutil.which("npm"):
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CACHE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not os.path.exists(script):
        return None
    with open(script, encoding="utf-8") as f:
        return f.read()


def test_no_barriers(browser):
    engine = axe()
    if not engine:
        print("| barriers were not looked for: axe-core could not be fetched")
        return
    passed = 0
    for width, dark in [(w, d) for w in (1280, 390) for d in (False, True)]:
        browser.look(width, 900, dark)
        browser.open("file://" + shop.page)
        browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
        browser.run(engine + ";0")
        found = browser.run("axe.run(document, {resultTypes: ['violations']}).then(r => ({passes: r.passes.length, violations: r.violations.map("
                            "v => ({id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + n.failureSummary)}))}))")
        equal("barriers at %d, %s" % (width, "dark" if dark else "light"), found["violations"], [])
        passed += found["passes"]
    print("| axe-core: no barrier, light and dark, wide and narrow; %d checks passed" % passed)


def in_browser(tests):
    if not chromium():
        print("| no browser: the page was not opened. `apt-get install chromium` brings one")
        return []

    def with_browser(test):
        def run():
            with Browser() as browser:
                test(browser)
        run.__name__ = test.__name__
        return run
    return [with_browser(t) for t in tests]


if __name__ == "__main__":
    try:
        main([test_figures, test_nothing_from_outside_is_markup, test_valid, test_places, test_on_a_terminal, test_missing_pictures,
              test_size_and_memory, *in_browser([test_nothing_is_run_or_fetched, test_works, test_phone_and_paper, test_no_barriers])])
    except SystemExit as end:
        shop.work.__exit__(SystemExit if end.code else None, end, None)
        raise
