"""packshot nightly: run, what may pass once more, reports, alerts, tidying up; one at a time."""
import http.server
import json
import os
import re
import subprocess
import sys
import textwrap
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator, env  # noqa: E402
from program import PACKSHOT, ROOT, Workspace, equal, main, packshot, start  # noqa: E402
from test_api import catalogue, photo  # noqa: E402


class Hook:
    """A server that remembers what was posted to it; answers so in turn, then with 204. 0: it hangs up without a word."""

    def __init__(self, *answers):
        posted = self.posted = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                posted.append((self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
                answer = answers[len(posted) - 1] if len(posted) <= len(answers) else 204
                if answer:
                    self.send_response(answer)
                    if answer == 302:
                        self.send_header("Location", "/elsewhere/T0SECRET")
                    self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/services/T0SECRET" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Told:
    """A command for --alert-command, and what it was told."""

    def __init__(self, work):
        self.path = work.path("told.jsonl")
        self.flags = ["--alert-command", "cat >> '%s'" % self.path]

    def all(self):
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def names(self):
        return [[a["name"] for a in one["alerts"]] for one in self.all()]


def runs(work):
    return work.sql("SELECT command, state FROM runs ORDER BY id")


def test_a_night():
    with Workspace() as work, Emulator("--script", "internal") as server:
        manifest = catalogue(work, 12)
        hook, told = Hook(503), work.path("told.json")
        done = packshot("nightly", manifest, "--out", work.out, "--pause", "0.2", "--retries", "0", "--alert-cost", "0.1", "--alert-failed", "50",
                        "--alert-webhook", hook.url, "--alert-command", "cat >> " + told, *server.flags(text=False), env=env())
        equal("runs", work.sql("SELECT command, state, base FROM runs"), [("nightly", "finished", None), ("rerun", "finished", 1)])
        equal("standing", {r["status"] for r in work.results()}, {"succeeded"})
        equal("reports", sorted(os.listdir(os.path.join(work.out, "reports"))), ["night-1.html", "run-1.json", "run-1.txt", "run-2.json", "run-2.txt"])
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


def test_reports_are_tidied_up():
    with Workspace() as work:
        manifest = catalogue(work, 1)
        flags = ["nightly", manifest, "--out", work.out, "--no-copy", "--image-model", "local-classical"]
        packshot(*flags)
        folder = os.path.join(work.out, "reports")
        for name in ("mine.txt", "run-1.html"):
            work.write(os.path.join(folder, name), "")
        for name in os.listdir(folder):
            os.utime(os.path.join(folder, name), (0, 0))
        packshot(*flags, "--keep", "forever")
        equal("for ever", sorted(os.listdir(folder)), ["mine.txt", "night-1.html", "night-2.html", "run-1.html", "run-1.json", "run-1.txt", "run-2.json", "run-2.txt"])
        packshot(*flags)
        equal("ours that are old", sorted(os.listdir(folder)), ["mine.txt", "night-2.html", "night-3.html", "run-1.html", "run-2.json", "run-2.txt", "run-3.json", "run-3.txt"])


def test_lost_answers():
    """--lost review leaves them to a person; --lost retry asks again in one round, not in each. Nothing to do again: no pause."""
    with Workspace() as work, Emulator() as server:
        manifest = catalogue(work, 3, {1: "lost"})
        done = packshot("nightly", manifest, "--out", work.out, "--lost", "review", "--pause", "300", *server.flags(text=False), env=env(), status=1)
        equal("runs", runs(work), [("nightly", "finished")])
        equal("asked for once", len(server.bill()), 3)
        assert done.seconds < 60, done.seconds
        done = packshot("rerun", "--out", work.out, "--yes", env=env())
        assert "Nothing" in done.stderr, done.stderr
        packshot("rerun", "--out", work.out, "--yes", "--class", "lost_answer", env=env(), status=1)
        equal("asked for by name", len(server.bill()), 4)
    with Workspace() as work, Emulator() as server:
        manifest = catalogue(work, 3, {1: "lost"})
        packshot("nightly", manifest, "--out", work.out, "--pause", "0", "--rounds", "3", *server.flags(text=False), env=env(), status=1)
        equal("runs", runs(work), [("nightly", "finished"), ("rerun", "finished")])


def test_a_forced_night():
    """--force is for the night's first run: what that has made, its re-run takes."""
    with Workspace() as work, Emulator("--script", "internal") as server:
        manifest = catalogue(work, 3)
        flags = ["nightly", manifest, "--out", work.out, "--force", "--pause", "0", "--retries", "0", *server.flags(text=False)]
        packshot(*flags, env=env())
        equal("asked", [json.loads(c)["force"] for (c,) in work.sql("SELECT config FROM runs")], [True, False])
        packshot(*flags, env=env())
        equal("bought", len(server.bill()), 6)
    with Workspace() as work, Emulator("--script", "no_image,no_image,no_image") as server:
        manifest = catalogue(work, 1)  # without a cache, what has bought nothing is tried again
        packshot("nightly", manifest, "--out", work.out, "--no-cache", "--pause", "0", *server.flags(text=False), env=env())
        equal("runs", runs(work), [("nightly", "finished"), ("rerun", "finished")])


def test_the_status_is_the_catalogues():
    """A re-run that went well does not hide what never passes."""
    with Workspace() as work, Emulator("--script", "internal") as server:
        manifest = catalogue(work, 4, {2: "safety"})
        packshot("nightly", manifest, "--out", work.out, "--pause", "0", "--retries", "0", "--concurrency", "1", *server.flags(text=False), env=env(), status=1)
        equal("runs", runs(work), [("nightly", "finished"), ("rerun", "finished")])
        equal("standing", sorted(r["status"] for r in work.results()), ["rejected", "succeeded", "succeeded", "succeeded"])


def test_a_night_that_does_not_end_is_told():
    with Workspace() as work, Emulator() as server:
        told, flags = Told(work), server.flags(text=False)
        nightly = ["nightly", "--out", work.out, "--pause", "0", *told.flags, *flags]
        packshot(*nightly, work.path("nowhere.jsonl"), env=env(), status=2)
        one = told.all()[-1]
        equal("no run", (one["run"], one["alerts"][0]["name"], one["alerts"][0]["value"]), (0, "night_not_done", 2))
        assert "nowhere.jsonl" in one["alerts"][0]["text"], one
        manifest = catalogue(work, 30, {i: "safety" for i in range(30)})
        packshot(*nightly, manifest, env=env(GEMINI_API_KEY="wrong"), status=2)
        equal("a refused key", told.names()[-1], ["night_not_done"])
        # Of what was judged all failed, however much was skipped.
        done = packshot(*nightly, manifest, "--max-failures", "2", "--concurrency", "1", "--alert-failed", "99", "--quiet", env=env(), status=4)
        equal("a limit", told.names()[-1], ["alert_failed", "night_not_done"])
        assert "100 %, more than 99 %" in done.stderr and "--max-failures" in done.stderr, done.stderr
        packshot(*nightly, manifest, env=env(), status=1)
        equal("all told", len(told.all()), 3)


def test_what_follows_the_work():
    """Reports that cannot be written, a webhook and a command that do not work: each of the rest is done all the same."""
    with Workspace() as work, Emulator() as server:
        manifest, told = catalogue(work, 2), Told(work)
        os.mkdir(work.out)
        work.write("out/reports", "in the way")
        done = packshot("nightly", manifest, "--out", work.out, "--alert-cost", "0.001", *told.flags, *server.flags(text=False), env=env(), status=3)
        equal("told", told.names(), [["alert_cost", "night_not_done"]])
        assert "reports" in done.stderr, done.stderr
        os.unlink(os.path.join(work.out, "reports"))
        work.write("photo-0.jpg", photo(70))
        hook = Hook(302)
        done = packshot("nightly", manifest, "--out", work.out, "--alert-cost", "0.001", "--quiet", "--alert-command", "exit 7",
                        "--alert-webhook", hook.url + "?key=T0SECRET", *server.flags(text=False), env=env())
        assert "alert: cost" in done.stderr and "status 7" in done.stderr and hook.url[:hook.url.index("/services")] + ": " in done.stderr, done.stderr
        equal("a secret", done.stderr.count("SECRET"), 0)
        equal("secrets on record", work.sql("SELECT count(*) FROM runs WHERE config LIKE '%SECRET%' OR config LIKE '%exit 7%'"), [(0,)])


def test_webhook():
    with Workspace() as work, Emulator() as server:
        manifest, hook = catalogue(work, 2), Hook(500, 0, 429)
        flags = ["nightly", manifest, "--out", work.out, "--alert-cost", "0.001", *server.flags(text=False)]
        for wrong in ("chat.example/hook", "ftp://chat.example/hook", "https:///hook"):
            packshot(*flags, "--alert-webhook", wrong, env=env(), status=2)
        assert not os.path.exists(work.out)
        packshot(*flags, "--alert-webhook", hook.url, env=env())
        equal("until it is taken", len(hook.posted), 4)
        equal("the same each time", len({body for _, body in hook.posted}), 1)
        identity = json.loads(hook.posted[0][1])["id"]
        assert identity.endswith("Z/1/alert_cost"), identity
        refusing = Hook(404)
        work.write("photo-0.jpg", photo(70))
        packshot(*flags, "--alert-webhook", refusing.url, env=env())
        equal("a refusal is final", len(refusing.posted), 1)


def test_alert_command_is_kept_in_bounds():
    """No keys, no part in the result, and no longer than somebody waits for it."""
    with Workspace() as work, Emulator() as server:
        manifest = catalogue(work, 3)
        flags = ["nightly", manifest, "--out", work.out, "--alert-cost", "0.001", "--json", *server.flags(text=False)]
        done = packshot(*flags, "--alert-command", "echo chatter; env > '%s'" % work.path("env"), env=env(OPENAI_API_KEY="another"))
        equal("one document", json.loads(done.stdout)["items"]["total"], 3)
        assert "chatter" in done.stderr, done.stderr
        with open(work.path("env"), encoding="utf-8") as f:
            names = {line.split("=")[0] for line in f}
        assert "PATH" in names and not names & {"GEMINI_API_KEY", "OPENAI_API_KEY"}, names
        work.write("photo-0.jpg", photo(70))
        process = start(*flags, "--alert-command", "echo $$ > '%s'; sleep 300 & sleep 300" % work.path("pid"), env=env())
        while not os.path.exists(work.path("pid")) or not os.path.getsize(work.path("pid")):
            time.sleep(0.02)
        process.terminate()
        process.communicate(timeout=20)
        equal("the night stands", process.returncode, 0)
        with open(work.path("pid"), encoding="utf-8") as f:
            group = int(f.read())
        time.sleep(0.2)
        equal("left of its group", [p for p in os.listdir("/proc") if p.isdigit() and in_group(p, group)], [])


def in_group(process, group):
    try:
        with open("/proc/%s/stat" % process, encoding="utf-8") as f:
            state, _, its = f.read().rpartition(")")[2].split()[:3]
    except OSError:
        return False
    return int(its) == group and state != "Z"


def test_one_document():
    """--json: the catalogue's report, as `report --json` shows it then; however many runs there were."""
    with Workspace() as work, Emulator("--script", "internal") as server:
        manifest = catalogue(work, 4)
        done = packshot("nightly", manifest, "--out", work.out, "--pause", "0", "--retries", "0", "--json", *server.flags(text=False), env=env())
        equal("runs", len(runs(work)), 2)
        said = json.loads(done.stdout)
        equal("the catalogue", said, json.loads(packshot("report", "--out", work.out, "--json").stdout))
        equal("as it stands", (said["items"]["total"], said["items"]["succeeded"]), (4, 4))


def test_interrupted_in_the_pause():
    """What was done is reported and told; only the tidying up waits."""
    with Workspace() as work, Emulator("--script", "internal") as server:
        manifest, told = catalogue(work, 4), Told(work)
        process = start("nightly", manifest, "--out", work.out, "--pause", "600", "--retries", "0", "--alert-cost", "0.01", *told.flags,
                        *server.flags(text=False), env=env())
        while not os.path.exists(os.path.join(work.out, "results.jsonl")) or runs(work) != [("nightly", "finished")]:
            time.sleep(0.05)
        process.terminate()
        process.communicate(timeout=30)
        equal("status", process.returncode, 130)
        equal("reports", sorted(os.listdir(os.path.join(work.out, "reports"))), ["night-1.html", "run-1.json", "run-1.txt"])
        equal("told", told.names(), [["alert_cost", "night_not_done"]])


def test_what_a_paid_picture_costs():
    """The pictures that were paid for this night count, not those of the nights before."""
    with Workspace() as work, Emulator() as server:
        manifest, told = catalogue(work, 12), Told(work)
        flags = ["nightly", manifest, "--out", work.out, *server.flags(text=False)]
        packshot(*flags, env=env())
        work.write("photo-0.jpg", photo(70))
        packshot(*flags, "--alert-per-picture", "0.01", *told.flags, env=env())
        cost = server.bill()[-1]["nano"] / 1e9
        equal("its cost", [(a["name"], round(a["value"], 6)) for a in told.all()[0]["alerts"]], [("alert_per_picture", round(cost, 6))])
        assert "$0.0100" in told.all()[0]["alerts"][0]["text"], told.all()


def example(name):
    with open(os.path.join(ROOT, "jobs", name), encoding="utf-8") as f:
        return f.read()


def test_crontab():
    """The line hands the key on, and does nothing where the key's file is missing."""
    line = [line for line in example("crontab.example").splitlines() if line.startswith("0 2")][0].split(None, 5)[5]
    with Workspace() as work:
        work.write("packshot", "#!/bin/sh\nprintf '%s ' \"$GEMINI_API_KEY\" \"$@\"\n")
        os.chmod(work.path("packshot"), 0o755)
        line = line.replace("/usr/local/bin/packshot", work.path("packshot"))
        run = lambda: subprocess.run(["/bin/sh", "-c", line], env={"HOME": work.dir, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
        done = run()
        assert done.returncode != 0 and not done.stdout, done
        os.makedirs(work.path(".config/packshot"))
        work.write(".config/packshot/key", "GEMINI_API_KEY=k1\n")
        assert run().stdout.startswith("k1 nightly "), run()


def test_kubernetes():
    """The shell makes a success of status 1 and of no other, and hands the signal on."""
    script = textwrap.dedent(re.search(r"- \|\n((?: {18}.*\n)+)", example("kubernetes-cronjob.yaml")).group(1))
    with Workspace() as work, Emulator("--latency-ms", "400") as server:
        for status in (0, 1, 3, 130):
            work.write("packshot", "#!/bin/sh\nexit %d\n" % status)
            os.chmod(work.path("packshot"), 0o755)
            done = subprocess.run(["sh", "-c", script], env={"PATH": work.dir + ":/usr/bin:/bin"}, check=False)
            equal("status %d" % status, done.returncode, 0 if status == 1 else status)
        os.unlink(work.path("packshot"))
        os.symlink(PACKSHOT, work.path("packshot"))
        catalogue(work, 20)
        script = script.replace("/shop/catalog.jsonl", work.path("catalog.jsonl")).replace("/shop/packshot-out", work.out)
        script = script.replace("--workers", " ".join(["--concurrency 2", *server.flags(text=False), "--workers"]))
        process = subprocess.Popen(["sh", "-c", script], env={**env(), "PATH": work.dir + ":/usr/bin:/bin"}, stderr=subprocess.DEVNULL)
        while server.stats().get("requests", 0) < 1:
            time.sleep(0.02)
        process.terminate()
        equal("interrupted", process.wait(60), 130)
        equal("on record", runs(work), [("nightly", "interrupted")])


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
