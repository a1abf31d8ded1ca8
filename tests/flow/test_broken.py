"""Bad input of every kind: a clear line each, nothing ends the run, the good items beside them are delivered."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from program import SAMPLE, Origin, Workspace, equal, main, packshot  # noqa: E402

CLASSICAL = ("--image-model", "local-classical", "--no-copy")
GOOD = os.path.join(SAMPLE, "photos")


def a_photo():
    return sorted(n for n in os.listdir(GOOD) if n.endswith(".jpg"))[0]


def test_broken_catalogue():
    with Workspace() as work:
        done = packshot("run", os.path.join(SAMPLE, "broken.jsonl"), "--out", work.out, *CLASSICAL, status=1)
        results = work.results()
        good = [r for r in results if r["status"] in ("succeeded", "review")]
        bad = [r for r in results if r["status"] == "failed"]
        equal("good ones", len(good), 2)
        assert len(bad) >= 12, len(bad)
        for r in bad:
            error = r["error"]
            assert error["code"] and len(error["message"]) > 10, r
            assert r["line"] > 0, r
            assert error["code"] in done.stderr + done.stdout, "%s is not in what the run said" % error["code"]
        codes = {r["error"]["code"] for r in bad}
        wanted = {"bad_line", "duplicate_sku", "source_missing", "source_refused", "too_large", "not_a_picture", "broken_picture",
                  "unsupported_picture"}
        equal("classes that are missing", wanted - codes, set())
        for r in bad:
            print("  %-24s %-20s %s" % (r["sku"], r["error"]["code"], r["error"]["message"]))


def test_unreadable_manifests():
    with Workspace() as work:
        for name, content in (("missing.jsonl", None), ("empty.csv", "a,b\n1,2\n"), ("utf16.csv", "id,image\n".encode("utf-16"))):
            path = work.path(name) if content is None else work.write(name, content)
            done = packshot("run", path, "--out", work.out, *CLASSICAL, status=2)
            assert name in done.stderr, done.stderr


def faults(url):
    """path, expected code (None: delivered)"""
    return [("/" + a_photo(), None), ("/flaky/1/" + a_photo(), None), ("/hop/2/" + a_photo(), None), ("/stall", "timeout"),
            ("/short", "network"), ("/cut", "network"), ("/loop", "source_http"), ("/500", "network"), ("/html", "not_a_picture"),
            ("/empty", "not_a_picture"), ("/nothing-there", "source_missing"), ("/gzip-bomb", "too_large"), ("/long", "too_large")]


def test_misbehaving_server():
    with Workspace() as work, Origin(GOOD) as origin:
        cases = faults(origin.url)
        manifest = work.manifest([{"sku": "S%02d" % i, "image_url": origin.url + path} for i, (path, _) in enumerate(cases)])
        packshot("run", manifest, "--out", work.out, *CLASSICAL, "--allow-private-hosts", "--retries", 1, "--timeout", 3,
                 status=1)
        for (path, want), r in zip(cases, work.results()):
            got = r["error"]["code"] if r["error"] else None
            equal("%s (%s)" % (path, r["error"] and r["error"]["message"]), got, want)


def test_private_hosts_are_refused():
    with Workspace() as work, Origin(GOOD) as origin:
        port = origin.url.rsplit(":", 1)[1]
        hosts = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]
        manifest = work.manifest([{"sku": "H%d" % i, "image_url": "http://%s:%s/%s" % (h, port, a_photo())}
                                  for i, h in enumerate(hosts)])
        packshot("run", manifest, "--out", work.out, *CLASSICAL, status=1)
        equal("codes", [r["error"]["code"] for r in work.results()], ["source_refused"] * len(hosts))
        requests = {p: n for p, n in origin.stats()["paths"].items() if p != "/stats"}
        equal("requests that arrived", requests, {})


def test_unchanged_urls_cost_no_bytes():
    with Workspace() as work, Origin(GOOD) as origin:
        manifest = work.manifest([{"sku": "U", "image_url": origin.url + "/" + a_photo()}])
        for _ in range(2):
            packshot("run", manifest, "--out", work.out, *CLASSICAL, "--allow-private-hosts")
        equal("not modified", origin.stats()["not_modified"], 1)
        equal("second run", work.results()[0]["cached"].count("fetch"), 1)


def test_max_failures():
    with Workspace() as work:
        manifest = work.manifest([{"sku": "M%d" % i, "images": ["nowhere-%d.jpg" % i]} for i in range(500)])
        packshot("run", manifest, "--out", work.out, *CLASSICAL, "--max-failures", 10, status=4)
        state, = work.sql("SELECT state FROM runs")[0]
        equal("state", state, "stopped")
        assert work.sql("SELECT count(*) FROM items WHERE status = 'failed'")[0][0] < 400


def test_hostile_skus():
    names = ["../../escape", "a/b", "A", "a", "..", "con", "x" * 200, "\u5546\u54c1 1", "tab", "%41", ".hidden", "end."]
    with Workspace() as work:
        photo = os.path.join(GOOD, a_photo())
        manifest = work.manifest([{"sku": s, "images": [photo]} for s in names])
        packshot("run", manifest, "--out", work.out, *CLASSICAL)
        paths = [os.path.realpath(os.path.join(work.out, r["output"]["path"])) for r in work.results()]
        inside = os.path.realpath(os.path.join(work.out, "images")) + os.sep
        assert all(p.startswith(inside) for p in paths), paths
        equal("distinct, also where case does not count", len({p.lower() for p in paths}), len(names))


if __name__ == "__main__":
    main([test_broken_catalogue, test_unreadable_manifests, test_misbehaving_server, test_private_hosts_are_refused,
          test_unchanged_urls_cost_no_bytes, test_max_failures, test_hostile_skus])
