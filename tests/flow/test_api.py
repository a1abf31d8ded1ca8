"""The paid road against a server that speaks the model's API: what is billed is what is booked, and what can succeed does."""
import io
import json
import os
import subprocess
import sys
import time

from PIL import Image, ImageDraw

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import IMAGE_MODEL, KEY, PASSING, Emulator, env  # noqa: E402
from program import Origin, Workspace, equal, main, packshot, start  # noqa: E402

# Short forms for every day; `make torture` asks for more.
ITEMS = int(os.environ.get("ITEMS", "500"))
RATE_SECONDS = int(os.environ.get("RATE_SECONDS", "15"))
FLIGHT_ROUNDS = int(os.environ.get("FLIGHT_ROUNDS", "6"))
FLIGHT_SHARE = float(os.environ.get("FLIGHT_SHARE", "0.5"))  # of what is possible; a machine that others use too gives less
QUICK = ("--timeout", "3", "--retries", "8")


def photo(seed, size=(1000, 900)):
    """A product of its own before a backdrop: drawn, so that hundreds differ and cost nothing."""
    image = Image.new("RGB", size, (228, 230, 226))
    draw = ImageDraw.Draw(image)
    x, y = 260 + seed % 7 * 10, 200 + seed % 5 * 10
    draw.rounded_rectangle((x, y, x + 420, y + 480), 40, fill=(40 + seed % 11 * 15, 60 + seed % 13 * 10, 150))
    draw.ellipse((x + 100, y + 120, x + 300, y + 320), fill=(220, 180 - seed % 17 * 8, 60))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def catalogue(work, count, faults={}, distinct=24):
    """Products whose every request differs; `faults`: of those by their number, faults that never pass."""
    photos = [photo(i) for i in range(distinct)]
    products = []
    for i in range(count):
        work.write("photo-%d.jpg" % i, photos[i % distinct] + b"%d" % i)
        info = {"category": "Kitchen", "brand": "FAULT-" + faults[i] if i in faults else "Umber", "audience": "home cooks, group %d" % i}
        products.append({"sku": "A%04d" % i, "title": "Umber jug %d" % i, "images": ["photo-%d.jpg" % i], "product_info": info})
    return work.manifest(products)


def bill_matches(work, *servers):
    """Row by row: each answer that was billed is a call of ours, at the same price. Those whose answer never came whole are as many as
    ours that are unknown, with those that a proxy answered for the server: nobody can know of these. Returns (billed, unknown)."""
    bill = {b["id"]: b for server in servers for b in server.bill()}
    rows = work.sql("SELECT answer_id, settled_nano, state FROM calls")
    settled = {name: nano for name, nano, state in rows if state == "settled" and name}
    unknown = [r for r in rows if r[2] == "unknown"]
    equal("open calls", [r for r in rows if r[2] not in ("settled", "unknown")], [])
    equal("paid without a bill", sorted(set(settled) - set(bill)), [])
    for name, nano in settled.items():
        equal("price of " + name, nano, bill[name]["nano"])
    unseen = [b for name, b in bill.items() if name not in settled]
    equal("delivered but not booked", [b for b in unseen if b["delivered"]], [])
    proxies = sum(server.stats().get("proxy_html", 0) for server in servers)
    equal("unknown", len(unknown), len(unseen) + proxies)
    return len(bill), len(unknown)


# What never passes, how such an item ends, and by what name.
LASTING = {"safety": ("rejected", "refused"), "blocked": ("rejected", "refused"), "bad_request": ("failed", "bad_request"),
           "no_image": ("failed", "no_image"), "max_tokens": ("failed", "cut_off"), "half_jpeg": ("failed", "bad_answer"),
           "lost": ("failed", "lost_answer"), "off_white": ("review", None), "at_frame": ("review", None)}


def test_faults():
    """A quarter of all calls go wrong, in every way that can pass: what can succeed does; what cannot is named."""
    chances = []
    for name in PASSING:
        chances += ["--fault", name + "=1.2"]
    with Workspace() as work, Emulator("--seed", "7", "--latency-ms", "100", *chances) as server:
        manifest = catalogue(work, ITEMS, dict(enumerate(LASTING)), distinct=6)
        done = packshot("run", manifest, "--out", work.out, "--concurrency", "64", *QUICK, *server.flags(), env=env(), status=1)
        items = {sku: (status, error) for sku, status, error in work.sql("SELECT sku, status, error FROM items")}
        for i, (name, outcome) in enumerate(LASTING.items()):
            equal(name, items.pop("A%04d" % i), outcome)
        equal("not delivered", {k: v for k, v in items.items() if v[0] not in ("succeeded", "review")}, {})
        reviews = [k for k, v in items.items() if v[0] == "review"]
        assert len(reviews) <= 0.05 * ITEMS, reviews
        billed, unknown = bill_matches(work, server)
        stats = server.stats()
        equal("faults that never came", [n for n in PASSING if not stats.get(n)], [])
        print("| %d items in %.1f s: %d requests, %d billed, %d answers lost, %d for review" %
              (ITEMS, done.seconds, stats["requests"], billed, unknown, len(reviews)))


def test_rate_is_used_and_kept():
    """600 a minute are 10 a second: no more in any minute, and hardly less."""
    count = 10 * RATE_SECONDS
    with Workspace() as work, Emulator("--latency-ms", "2000", "--rpm", "600") as server:
        packshot("run", catalogue(work, count, distinct=1), "--out", work.out, "--rpm", "600", *server.flags(text=False), env=env())
        stats = server.stats()
        equal("over the limit", stats.get("over_rpm", 0), 0)
        used = (count - 1) / (stats["span_us"] / 60e6) / 600
        print("| --rpm 600: %.1f %% of it used over %d s" % (100 * used, RATE_SECONDS))
        assert 0.97 <= used <= 1.001, used


def test_many_in_flight():
    """256 in flight at 2 s are 128 a second, if the processor has that much to give."""
    count = 256 * FLIGHT_ROUNDS
    with Workspace() as work, Emulator("--latency-ms", "2000") as server:
        manifest = catalogue(work, count)
        process = start("run", manifest, "--out", work.out, "--concurrency", "256", "-q", *server.flags(text=False), env=env())
        seen = []  # (when, requests so far), from the second round on
        while not seen or seen[-1][1] < count:
            time.sleep(0.1)
            stats = server.stats()
            if stats.get("requests", 0) >= 512:
                seen.append((time.monotonic(), stats["requests"]))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        equal(process.stderr.read(), process.returncode, 0)
        memory = used.ru_maxrss / 1024
        rate = (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])
        print("| 256 in flight: %.0f a second of 128, %.1f CPU-ms each, %.0f MiB, at most %d at once" %
              (rate, (used.ru_utime + used.ru_stime) * 1000 / count, memory, server.stats()["in_flight_peak"]))
        assert memory < 400, memory
        assert rate >= FLIGHT_SHARE * 128, rate
        equal("at most at once", server.stats()["in_flight_peak"] <= 256, True)


def stops(work, server, flags=(), key=KEY, status=2, says=""):
    """One clear line and a stop within seconds; what was not done is skipped, not failed."""
    done = packshot("run", catalogue(work, 300), "--out", work.out, *server.flags(text=False), *flags, env=env(GEMINI_API_KEY=key),
                    status=status)
    assert says in done.stderr, done.stderr
    equal("lines of it", len([line for line in done.stderr.splitlines() if says in line]), 1)
    assert done.seconds < 10, done.seconds
    assert server.stats().get("requests", 0) < 64, server.stats()
    return done


def test_stops_at_once():
    cases = [({"key": "wrong-key"}, None, 2, "key was refused"), ({}, "credit", 4, "credit is used up"), ({}, "quota_day", 4, "day's quota"),
             ({}, "limit_0", 4, "may not use this model"), ({"flags": ["--image-model", "gemini-9-image"]}, None, 2, "no longer available")]
    for more, fault, status, says in cases:
        with Workspace() as work, Emulator(*(["--fault", fault + "=100"] if fault else [])) as server:
            stops(work, server, status=status, says=says, **more)
            equal(says, work.sql("SELECT DISTINCT status FROM items"), [("skipped",)])
            equal(says, work.sql("SELECT state FROM runs"), [("stopped",)])
            if fault:
                server.control("fault=%s=0" % fault)
            packshot("run", work.path("catalog.jsonl"), "--out", work.out, *server.flags(text=False), env=env())
            equal("after " + says, work.sql("SELECT DISTINCT status FROM items WHERE run = 2"), [("succeeded",)])


def test_one_refusal_is_not_the_end():
    """A firewall that dislikes one product's words fails that product; everybody else is served."""
    with Workspace() as work, Emulator("--latency-ms", "20") as server:
        packshot("run", catalogue(work, 100, {60: "forbidden"}), "--out", work.out, "--concurrency", "8", *server.flags(text=False), env=env(),
                 status=1)
        equal("failed", work.sql("SELECT sku, error FROM items WHERE status != 'succeeded'"), [("A0060", "model_unavailable")])


def test_endpoint_dies_and_returns():
    """The preferred one is killed in the middle: nothing fails for it, and what follows its return goes there again."""
    with Workspace() as work, Emulator("--latency-ms", "150") as first, Emulator("--latency-ms", "150") as second:
        manifest = catalogue(work, 400)
        process = start("run", manifest, "--out", work.out, "--concurrency", "8", "--rpm", "3000", "--endpoint", first.url, "--endpoint", second.url,
                        "--image-model", IMAGE_MODEL, "--no-copy", env=env())
        while first.stats().get("requests", 0) < 40:
            time.sleep(0.02)
        equal("the second one's, before", second.stats().get("requests", 0), 0)
        before = first.stats()["requests"]
        first.kill()
        while second.stats().get("requests", 0) < 40:
            time.sleep(0.02)
        with Emulator("--latency-ms", "150", port=first.port) as again:
            process.communicate()
            equal("exit status", process.returncode, 0)
            equal("ended", work.sql("SELECT status, count(*) FROM items GROUP BY status"), [("succeeded", 400)])
            back = again.stats().get("requests", 0)
            print("| endpoint killed after %d calls: %d to the second one, %d after its return" %
                  (before, second.stats()["requests"], back))
            assert back > 40, again.stats()


def test_key_is_nowhere():
    """Not in what is written, shown or passed on; not even where the server repeats it."""
    with Workspace() as work, Emulator("--latency-ms", "500", "--fault", "rate=20", "--seed", "3") as server:
        manifest = catalogue(work, 30)
        process = start("run", manifest, "--out", work.out, "-v", *server.flags(), env=env())
        time.sleep(0.4)
        with open("/proc/%d/cmdline" % process.pid, "rb") as f:
            assert KEY.encode() not in f.read()
        out, err = process.communicate()
        equal("exit status", process.returncode, 0)
        assert KEY not in out + err
        for folder, _, names in os.walk(work.dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    assert KEY.encode() not in f.read(), name
        wrong = packshot("run", manifest, "--out", work.path("other"), "-v", *server.flags(), env=env(GEMINI_API_KEY="hidden-7d1"), status=2)
        assert "hidden-7d1" not in wrong.stdout + wrong.stderr


def delivered(work, count):
    equal("pictures", len(work.pictures()), count)
    for path in work.pictures():
        with Image.open(path) as image:
            equal(path, (image.size, image.mode, image.getpixel((0, 0)), image.getpixel((799, 799))),
                  ((800, 800), "RGB", (255, 255, 255), (255, 255, 255)))


def test_relays():
    """Whatever it speaks: a base URL is all that a relay needs."""
    cases = [("/v1", ["--image-model", "relay/picture-model"]), ("/v1", ["--image-model", "relay/picture-markdown"]),
             ("/v1", ["--image-model", "relay/picture-b64"]), ("/v1", ["--image-model", IMAGE_MODEL, "--dialect", "openai-chat"]),
             ("/v1", ["--image-model", "gpt-image-2", "--api-key-env", "GEMINI_API_KEY"]),
             ("", ["--image-model", "own-gpu", "--dialect", "http"]),
             ("/proxy/of/google", ["--image-model", IMAGE_MODEL, "--auth", "bearer", "--text-model", "gemini-3.5-flash-lite"]),
             ("/v1", ["--image-model", "local-classical", "--text-model", "relay/text-model"])]
    for prefix, flags in cases:
        with Workspace() as work, Emulator() as server:
            packshot("run", catalogue(work, 3), "--out", work.out, "--endpoint", server.url + prefix, *flags, env=env())
            delivered(work, 3)
            equal("calls", server.stats()["requests"], 6 if "gemini-3.5-flash-lite" in flags else 3)
            texts = [r["text_model"] for r in work.results()]
            if "--text-model" in flags:
                equal("texts by", set(texts), {flags[-1]})


def test_separate_calls():
    """Removal, then enhancement, each cached: the second prompt alone changes, and only it is paid for again."""
    with Workspace() as work, Emulator() as server:
        manifest = catalogue(work, 4)
        flags = ["--out", work.out, "--edit-mode", "separate", *server.flags(text=False)]
        packshot("run", manifest, *flags, env=env())
        delivered(work, 4)
        equal("calls", work.sql("SELECT stage, count(*) FROM calls GROUP BY stage ORDER BY stage"), [("enhance", 4), ("remove_background", 4)])
        packshot("run", manifest, *flags, env=env())
        equal("calls of an unchanged run", server.stats()["requests"], 8)
        bill_matches(work, server)


def test_references_go_along():
    """The product's other photos, from a folder or from a URL, each picture still a call of its own; one that is missing is left out."""
    with Workspace() as work, Emulator() as server, Origin(work.dir) as origin:
        catalogue(work, 4)
        for images in (["photo-0.jpg", "photo-1.jpg", "photo-2.jpg"], [origin.url + "/photo-%d.jpg" % i for i in range(3)]):
            manifest = work.manifest([{"sku": "R", "images": images}], "one.jsonl")
            packshot("run", manifest, "--out", work.path(images[0][-8:-4] + str(len(images[0]))), "--reference-images", "2", "--allow-private-hosts",
                     *server.flags(text=False), env=env())
            tokens = [b["image_in"] for b in server.bill()[-3:]]
            equal("pictures sent", tokens, [3 * 1120] * 3)
        manifest = work.manifest([{"sku": "R", "images": ["photo-0.jpg", origin.url + "/none.jpg"]}], "missing.jsonl")
        work.out = work.path("missing")
        packshot("run", manifest, "--out", work.out, "--reference-images", "2", "--allow-private-hosts", *server.flags(text=False),
                 env=env(), status=1)
        equal("a person looks", work.sql("SELECT status, reasons FROM items WHERE position = 1"), [("review", "reference_missing")])
        equal("without the missing one", server.bill()[-1]["image_in"], 1120)


def test_poor_pictures_are_asked_for_once_more():
    """Firmer words, once; the better one is kept."""
    for script, status, calls in (["off_white"], "succeeded", 2), (["at_frame"], "succeeded", 2), (["off_white", "off_white"], "review", 2):
        with Workspace() as work, Emulator("--script", ",".join(script)) as server:
            packshot("run", catalogue(work, 1), "--out", work.out, *server.flags(text=False), env=env())
            equal(script, work.sql("SELECT status FROM items"), [(status,)])
            equal(script, server.stats()["requests"], calls)
            delivered(work, 1)
    with Workspace() as work, Emulator("--script", "off_white") as server:
        packshot("run", catalogue(work, 1), "--out", work.out, "--quality-retries", "0", *server.flags(text=False), env=env())
        equal("without a retry", (work.sql("SELECT status FROM items"), server.stats()["requests"]), ([("review",)], 1))


def test_what_is_paid_for_is_kept():
    """A poor picture is delivered where the firmer request brings none, and is in the cache before that is made."""
    for second in "safety", "no_image,no_image,no_image", "lost,lost,lost", "bad_request":
        with Workspace() as work, Emulator("--script", "off_white," + second) as server:
            packshot("run", catalogue(work, 1), "--out", work.out, *server.flags(text=False), env=env())
            equal(second, work.sql("SELECT status, reasons FROM items"), [("review", "border_not_white")])
            delivered(work, 1)
    with Workspace() as work, Emulator("--script", "off_white,hang") as server:
        manifest = catalogue(work, 1)
        process = start("run", manifest, "--out", work.out, *server.flags(text=False), env=env())
        while server.stats().get("requests", 0) < 2:
            time.sleep(0.01)
        time.sleep(0.3)
        process.kill()
        process.communicate()
        packshot("run", manifest, "--out", work.out, *server.flags(text=False), env=env())
        equal("after a kill", (work.sql("SELECT status FROM items"), server.stats()["requests"]), ([("review",)], 2))


def test_what_may_pass_is_asked_again():
    """A model on this machine that served for want of a better one is not the last word; what refuses, is."""
    for script, calls in ("no_image,no_image,no_image", 4), ("unavailable," * 4, 5), ("safety", 1):
        with Workspace() as work, Emulator("--script", script.rstrip(",")) as server:
            flags = ["run", catalogue(work, 1), "--out", work.out, "--fallback-model", "local-classical", "--retries", "3", *server.flags(text=False)]
            packshot(*flags, env=env())
            if "unavailable" not in script:
                equal(script, work.sql("SELECT status, image_model FROM items"), [("review", "local-classical")])
            packshot(*flags, env=env())
            equal("requests for " + script, server.stats()["requests"], calls)


def test_settings_that_change_no_picture_buy_none():
    with Workspace() as work, Emulator() as server:
        catalogue(work, 4)
        three, four = ([{"sku": "R", "images": ["photo-%d.jpg" % i for i in range(n)]}] for n in (3, 4))
        flags = ["--out", work.out, "--reference-images", "1", *server.flags(text=False)]
        packshot("run", work.manifest(three), *flags, env=env())
        for more in [], ["--fallback-model", "local-classical"], ["--quality-retries", "2"]:
            packshot("run", work.manifest(three), *flags, *more, env=env())
            equal("requests with %s" % more, server.stats()["requests"], 3)
        packshot("run", work.manifest(four), *flags, env=env())
        equal("requests with one more picture", server.stats()["requests"], 4)
        work.write("photo-1.jpg", photo(99))  # is a picture, and the first one's reference
        packshot("run", work.manifest(four), *flags, env=env())
        equal("requests after a reference has changed", server.stats()["requests"], 6)


def test_copy_with_picture_is_bought_once():
    with Workspace() as work, Emulator() as server:
        manifest = catalogue(work, 2)
        for _ in range(2):
            packshot("run", manifest, "--out", work.out, "--copy-picture", "--format", "avif", *server.flags(), env=env())
            equal("requests", server.stats()["requests"], 4)


def test_fallback_serves():
    """Refused, out of credit, or gone: another model takes over, the local one too, and a person looks."""
    for fault in "safety", "credit", "no_image":
        with Workspace() as work, Emulator("--fault", fault + "=100") as server:
            packshot("run", catalogue(work, 3), "--out", work.out, "--fallback-model", "local-classical", *server.flags(text=False), env=env())
            rows = work.sql("SELECT status, reasons, image_model FROM items")
            equal(fault, {(r[0], r[2]) for r in rows}, {("review", "local-classical")})
            assert all("fallback" in r[1] for r in rows), rows
            delivered(work, 3)


def test_bad_copy_is_corrected():
    """An invented number: asked again once with what was wrong; then the templates write, and a person looks."""
    for script, status, by in (["bad_copy"], "succeeded", "gemini-3.5-flash-lite"), (["bad_copy", "bad_copy"], "review", "template"), \
            (["not_json", "ok"], "succeeded", "gemini-3.5-flash-lite"):
        with Workspace() as work, Emulator("--script", ",".join(["ok"] + script)) as server:
            packshot("run", catalogue(work, 1), "--out", work.out, *server.flags(), env=env())
            equal(script, work.sql("SELECT status, text_model FROM items"), [(status, by)])
            equal(script, server.stats()["requests"], 3)
            bill_matches(work, server)


def test_lost_answers_are_not_bought_again_unasked():
    """--lost review: the call stays unknown, the item is named, and nothing is sent again until somebody says so."""
    with Workspace() as work, Emulator("--fault", "lost=100") as server:
        packshot("run", catalogue(work, 3), "--out", work.out, "--lost", "review", *server.flags(text=False), env=env(), status=1)
        equal("calls", work.sql("SELECT state, count(*) FROM calls GROUP BY state"), [("unknown", 3)])
        equal("items", work.sql("SELECT error, count(*) FROM items GROUP BY error"), [("lost_answer", 3)])
        bill_matches(work, server)


def test_doctor_asks_the_api():
    """Whether key and models live is known before the night, not in it."""
    cases = [([], KEY, 0, ""), (["--image-model", "gemini-9-image"], KEY, 1, "gemini-9-image"), ([], "wrong", 1, "key")]
    with Workspace() as work, Emulator() as server:
        for flags, key, status, says in cases:
            done = packshot("doctor", "--out", work.out, "--json", *server.flags(), *flags, env=env(GEMINI_API_KEY=key), status=None)
            findings = json.loads(done.stdout)
            bad = [f for f in findings["checks"] if f["state"] == "fail"]
            equal("%s: %s" % (flags, bad), (bool(bad), done.status != 0), (status != 0, status != 0))
            assert says in json.dumps(bad), bad
        equal("billed", server.stats().get("billed", 0), 0)


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
