"""packshot nightly: run, what may pass once more, reports, alerts, tidying up; one at a time."""
import http.server
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator, env  # noqa: E402
from program import Workspace, equal, main, packshot, start  # noqa: E402
from test_api import catalogue, photo  # noqa: E402


class Hook:
    """A server that remembers what was posted to it; the first answer is a failure."""

    def __init__(self):
        posted = self.posted = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                posted.append((self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(503 if len(posted) == 1 else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/hook" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_a_night():
    with Workspace() as work, Emulator("--script", "internal") as server:
        manifest = catalogue(work, 12)
        hook, told = Hook(), work.path("told.json")
        done = packshot("nightly", manifest, "--out", work.out, "--pause", "0.2", "--retries", "0", "--alert-cost", "0.1", "--alert-failed", "50",
                        "--alert-webhook", hook.url, "--alert-command", "cat >> " + told, *server.flags(text=False), env=env())
        equal("runs", work.sql("SELECT command, state, base FROM runs"), [("nightly", "finished", None), ("rerun", "finished", 1)])
        equal("standing", {r["status"] for r in work.results()}, {"succeeded"})
        equal("reports", sorted(os.listdir(os.path.join(work.out, "reports"))), ["run-1.json", "run-1.txt", "run-2.json", "run-2.txt"])
        with open(os.path.join(work.out, "reports/run-1.json"), encoding="utf-8") as f:
            equal("report", json.load(f)["items"]["total"], 12)
        with open(told, encoding="utf-8") as f:
            alerts = [json.loads(line) for line in f]
        equal("told once", [[a["name"] for a in one["alerts"]] for one in alerts], [["alert_cost"]])
        spent = sum(b["nano"] for b in server.bill()) / 1e9
        assert abs(alerts[0]["alerts"][0]["value"] - spent) < 1e-6, (alerts, spent)  # of both runs
        equal("posted, the second time with success", [(kind, json.loads(body)) for kind, body in hook.posted], [("application/json", alerts[0])] * 2)
        equal("lines of it", done.stderr.count("alert: cost"), 1)


def test_one_at_a_time():
    with Workspace() as work, Emulator("--latency-ms", "400") as server:
        manifest = catalogue(work, 20)
        flags = ["nightly", manifest, "--out", work.out, "--concurrency", "2", *server.flags(text=False)]
        first = start(*flags, env=env())
        while server.stats().get("requests", 0) < 1:
            time.sleep(0.02)
        second = packshot(*flags, env=env(), status=3)
        assert str(first.pid) in second.stderr, second.stderr
        packshot("report", "--out", work.out)  # readers are not in the way
        first.terminate()
        first.communicate()
        equal("interrupted", first.returncode, 130)
        packshot(*flags, env=env())
        equal("each bought once", len(server.bill()), 20)


def test_tidying_up():
    """What no run of the last days uses goes, but never the ledger, nor what the catalogue of today needs."""
    with Workspace() as work, Emulator() as server:
        manifest = catalogue(work, 6)
        flags = ["nightly", manifest, "--out", work.out, "--rounds", "0", *server.flags(text=False)]
        packshot(*flags, env=env())
        work.write("photo-0.jpg", photo(70))
        packshot(*flags, env=env())
        blobs = sum(len(n) for _, _, n in os.walk(os.path.join(work.out, "blobs")))
        import sqlite3
        db = sqlite3.connect(os.path.join(work.out, "packshot.db"))
        db.execute("UPDATE runs SET started = started - 100 * 86400000000 WHERE id = 1")
        # Seven catalogues worked through since then, of which nothing else is known: the last seven are never let go.
        db.executemany("INSERT INTO runs (id, command, manifest, version, pid, started, state) VALUES (?, 'run', 'other', '1', 1, 1, 'finished')",
                       [(i,) for i in range(10, 17)])
        db.execute("UPDATE cache SET created = created - 100 * 86400000000")
        db.commit()
        db.close()
        packshot(*flags, "--keep", "forever", env=env())
        equal("kept for ever", sum(len(n) for _, _, n in os.walk(os.path.join(work.out, "blobs"))), blobs)
        packshot(*flags, env=env())
        left = sum(len(n) for _, _, n in os.walk(os.path.join(work.out, "blobs")))
        assert 0 < left < blobs, (left, blobs)
        # Of the first run that which still stands: what the later ones have found unchanged.
        equal("rows of runs", work.sql("SELECT run, count(*) FROM items GROUP BY run"), [(1, 5), (2, 6), (17, 6), (18, 6)])
        equal("the ledger", work.sql("SELECT count(*) FROM calls"), [(7,)])
        packshot(*flags, env=env())
        equal("nothing is bought again", len(server.bill()), 7)


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
