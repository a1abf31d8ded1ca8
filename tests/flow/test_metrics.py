"""What Prometheus and a log collector see of a run: as it goes on, and at its end the same as the database says."""
import http.client
import json
import os
import re
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import IMAGE_MODEL, KEY, TEXT_MODEL, Emulator, env  # noqa: E402
from program import SAMPLE, Workspace, equal, main, packshot, start  # noqa: E402
from test_api import QUICK, catalogue  # noqa: E402

ITEMS = int(os.environ.get("METRICS_ITEMS", "60"))
SAMPLE_LINE = re.compile(r'^[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\})? -?[0-9]+(\.[0-9]+)?$')


def lint(text):
    """What `promtool check metrics` looks for, and a grammar stricter than any parser's."""
    lines, typed, seen = text.split("\n"), {}, set()
    equal("last line", lines.pop(), "")
    name = None
    for line in lines:
        if line.startswith("# HELP "):
            name, words = line[7:].split(" ", 1)
            assert name not in typed and words.endswith("."), line
        elif line.startswith("# TYPE "):
            _, _, own, typed[name] = line.split(" ")
            equal("TYPE follows its HELP", own, name)
            equal(name, name.endswith("_total"), typed[name] == "counter")
        else:
            assert SAMPLE_LINE.match(line), line
            series = line.rsplit(" ", 1)[0]
            bare = re.match("[a-z_]+", series).group()
            if typed[name] == "histogram":
                bare = re.sub("_(bucket|sum|count)$", "", bare)
            equal("sample under its TYPE", bare, name)
            assert series not in seen, series
            seen.add(series)
    assert all(re.match("packshot_[a-z_]+$", n) for n in typed), typed


def parse(text):
    """{(name, labels): value} by the reference parser, after a look at the histograms."""
    lint(text)
    values = {}
    for family in text_string_to_metric_families(text):
        for s in family.samples:
            values[s.name, tuple(sorted(s.labels.items()))] = s.value
        if family.type == "histogram":
            buckets = {}
            for s in family.samples:
                if s.name.endswith("_bucket"):
                    buckets.setdefault(tuple(sorted((k, v) for k, v in s.labels.items() if k != "le")), []).append((float(s.labels["le"]), s.value))
            for labels, pairs in buckets.items():
                equal("bounds rise", pairs, sorted(pairs))
                equal("counts rise", [n for _, n in pairs], sorted(n for _, n in pairs))
                equal("+Inf is the count", pairs[-1], (float("inf"), values[family.name + "_count", labels]))
    return values


def get(values, name, **labels):
    return values["packshot_" + name, tuple(sorted(labels.items()))]


def by(values, name, *labels):
    """{label values: value} of one metric, without zeros."""
    return {tuple(dict(l)[k] for k in labels): v for (n, l), v in values.items() if n == "packshot_" + name and v}


def rows(work, query, *args):
    """{all columns but the last: the last}, without zeros."""
    return {r[:-1]: r[-1] for r in work.sql(query, *args) if r[-1]}


def read_file(work):
    equal("temporary files", [n for n in os.listdir(work.path("prom")) if n != "packshot.prom"], [])
    with open(work.path("prom/packshot.prom"), encoding="utf-8") as f:
        return parse(f.read())


def agrees(values, work, run):
    """Every counter, with the database."""
    equal("items", by(values, "items_total", "status"), rows(work, "SELECT status, count(*) FROM items WHERE run = ? GROUP BY 1", run))
    equal("unchanged", get(values, "items_unchanged_total"), work.sql("SELECT count(*) FROM unchanged WHERE run = ?", run)[0][0])
    equal("errors", by(values, "item_errors_total", "error"),
          rows(work, "SELECT error, count(*) FROM items WHERE run = ? AND error IS NOT NULL GROUP BY 1", run))
    equal("results", by(values, "stage_results_total", "stage", "origin"),
          rows(work, "SELECT stage, origin, count(*) FROM made_stages WHERE run = ? GROUP BY 1, 2", run))
    made = rows(work, "SELECT stage, count(*) FROM made_stages WHERE run = ? AND origin = 'made' GROUP BY 1", run)
    equal("times", by(values, "stage_duration_seconds_count", "stage"), made)
    for (stage,), us in rows(work, "SELECT stage, sum(took) FROM made_stages WHERE run = ? AND origin = 'made' GROUP BY 1", run).items():
        equal("time in " + stage, round(get(values, "stage_duration_seconds_sum", stage=stage) * 1e6), us)
    equal("hits", get(values, "cache_hits_total"), work.sql("SELECT count(*) FROM stage_results WHERE run = ? AND origin = 'cache'", run)[0][0])
    equal("misses", get(values, "cache_misses_total"),
          work.sql("SELECT count(*) FROM stage_results WHERE run = ? AND origin <> 'cache' AND key IS NOT NULL", run)[0][0])
    equal("calls", by(values, "calls_total", "model", "kind", "state"),
          rows(work, "SELECT model, kind, state, count(*) FROM calls WHERE run = ? GROUP BY 1, 2, 3", run))
    equal("call errors", by(values, "call_errors_total", "model", "kind", "error"),
          rows(work, "SELECT model, kind, error, count(*) FROM calls WHERE run = ? AND error IS NOT NULL GROUP BY 1, 2, 3", run))
    equal("dollars", {k: round(v * 1e9) for k, v in by(values, "cost_usd_total", "model", "kind", "state").items()},
          rows(work, "SELECT model, kind, state, sum(iif(state = 'settled', settled_nano, reserved_nano)) FROM calls WHERE run = ? GROUP BY 1, 2, 3", run))
    equal("retries", by(values, "retries_total", "model", "kind"),
          rows(work, "SELECT model, kind, sum(max(tries - 1, 0)) FROM calls WHERE run = ? GROUP BY 1, 2", run))
    equal("tries", by(values, "call_duration_seconds_count", "model", "kind"),
          rows(work, "SELECT model, kind, sum(tries) FROM calls WHERE run = ? GROUP BY 1, 2", run))


def at_rest(values, status):
    for name in ("items_in_flight", "bytes_in_memory", "fetches_in_flight"):
        equal(name, get(values, name), 0)
    for name in ("calls_in_flight", "calls_waiting"):
        equal(name, by(values, name, "model"), {})
    equal("queues", by(values, "queue_length", "queue"), {})
    equal("exit status", get(values, "run_exit_status"), status)
    equal("success", get(values, "run_success"), status == 0)
    assert 0 <= get(values, "run_end_time_seconds") - get(values, "run_start_time_seconds") < 300
    assert abs(time.time() - get(values, "run_end_time_seconds")) < 60


class Log:
    """Reads a JSON log while it is written."""

    def __init__(self, process):
        self.lines, self.process = [], process
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line)

    def where(self):
        for _ in range(200):
            for line in list(self.lines):
                found = re.search(r"metrics are at (http://[^/]+)/metrics", line)
                if found:
                    return found.group(1)
            time.sleep(0.05)
        raise AssertionError("it does not say where it listens: %s" % self.lines)

    def end(self):
        self.process.wait(timeout=120)
        self.thread.join()
        return [json.loads(line) for line in self.lines]


def scrape(url, path="/metrics"):
    with urllib.request.urlopen(url + path, timeout=5) as reply:
        equal("type", reply.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return parse(reply.read().decode())


def other_requests(url):
    """404, 405, HEAD, nonsense, and a crowd that says nothing: the endpoint goes on answering."""
    host = url[len("http://"):]
    for path in ("/", "/metrics/", "/favicon.ico", "/..%2fetc/passwd"):
        try:
            urllib.request.urlopen(url + path, timeout=5)
            raise AssertionError(path + " was answered")
        except urllib.error.HTTPError as e:
            equal(path, e.code, 404)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        connection = http.client.HTTPConnection(host, timeout=5)
        connection.request(method, "/metrics", body=b"x" * 100 if method in ("POST", "PUT") else None)
        reply = connection.getresponse()
        equal(method, (reply.status, reply.headers["Allow"]), (405, "GET, HEAD"))
        connection.close()
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("HEAD", "/metrics")
    reply = connection.getresponse()
    equal("HEAD", (reply.status, reply.read()), (200, b""))
    connection.close()
    name, port = host.rsplit(":", 1)
    crowd = [socket.create_connection((name, int(port)), timeout=5) for _ in range(8)]
    crowd[0].sendall(b"nonsense\r\n\r\n")
    crowd[1].sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100000)
    scrape(url)
    for s in crowd:
        s.close()


def rises(before, after):
    for key, value in before.items():
        if key[0].endswith(("_total", "_bucket", "_count", "_sum")):
            assert after[key] >= value, (key, value, after[key])


def watch(process, url):
    """Scrapes until it ends; returns what was seen."""
    seen = []
    while process.poll() is None:
        try:
            seen.append(scrape(url))
        except (OSError, http.client.HTTPException):
            break
        time.sleep(0.1)
    for before, after in zip(seen, seen[1:]):
        rises(before, after)
    return seen


def test_a_paid_run():
    """With faults: retries, lost answers, refusals."""
    faults = [a for name in ("rate", "lost", "unavailable", "no_image", "bad_copy") for a in ("--fault", name + "=4")]
    with Workspace() as work, Emulator("--seed", "3", "--latency-ms", "300", *faults) as server:
        os.mkdir(work.path("prom"))
        manifest = catalogue(work, ITEMS, {1: "safety", 2: "bad_request"}, distinct=6)
        process = start("run", manifest, "--out", work.out, "--concurrency", "8", "--budget", "25", *QUICK, *server.flags(), "--log-format", "json", "-v",
                        "--metrics-file", work.path("prom/packshot.prom"), "--metrics-listen", ":0", env=env())
        log = Log(process)
        url = log.where()
        assert url.startswith("http://127.0.0.1:"), url
        other_requests(url)
        seen = watch(process, url)
        lines = log.end()
        equal("exit status", process.returncode, 1)
        assert len(seen) > 3, len(seen)
        assert max(by(s, "calls_in_flight", "kind").get(("image",), 0) for s in seen) in range(2, 9)
        assert max(get(s, "items_in_flight") for s in seen) > 0 and max(get(s, "bytes_in_memory") for s in seen) > 0
        equal("goes on", {(get(s, "run_end_time_seconds"), get(s, "run_exit_status"), get(s, "run_success")) for s in seen}, {(0, -1, 0)})
        last = read_file(work)
        rises(seen[-1], last)
        agrees(last, work, 1)
        at_rest(last, 1)
        equal("run", [l for n, l in last if n == "packshot_run_info"],
              [(("command", "run"), ("run", "1"), ("version", work.sql("SELECT version FROM runs")[0][0]))])
        spent = work.sql("SELECT sum(iif(state = 'settled', settled_nano, reserved_nano)) FROM calls")[0][0]
        equal("budget", (get(last, "budget_usd"), round(get(last, "budget_remaining_usd") * 1e9)), (25, 25 * 10**9 - spent))
        endpoint = {"model": IMAGE_MODEL, "kind": "image", "endpoint": server.url}
        assert 1 <= get(last, "endpoint_calls_allowed", **endpoint) <= 8
        equal("breaker", get(last, "endpoint_breaker_open", **endpoint), 0)
        for name in ("rate", "lost"):
            assert server.stats().get(name), server.stats()
        assert by(last, "retries_total", "model") and by(last, "cost_usd_total", "state").get(("unknown",)), last
        check_log(lines, work, last)
        with open(work.path("prom/packshot.prom"), encoding="utf-8") as f:
            assert KEY not in f.read() + "".join(log.lines)


def check_log(lines, work, last):
    """One object a line; what is about a picture says which; the end has the run's figures."""
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]), line
        assert line["level"] in ("error", "warning", "info") and line["message"], line
    about = [line for line in lines if "sku" in line]
    assert about, lines
    for line in about:
        equal("about", (line["run"], line["position"], line["stage"] in ("copy", "remove_background")), (1, 1, True))
        assert work.sql("SELECT 1 FROM items WHERE sku = ?", line["sku"]), line
        assert line["sku"] not in line["message"], line
    end = lines[-1]
    equal("end", (end["message"], end["end"], end["pictures"]), ("the run has ended", "finished", ITEMS))
    for status in ("succeeded", "review", "failed", "rejected", "skipped"):
        equal(status, end[status], get(last, "items_total", status=status))
    equal("cost", round(end["cost_usd"] * 1e9), work.sql("SELECT sum(cost_nano) FROM items")[0][0])


def test_the_same_again():
    """Unchanged pictures, hits, and a re-run."""
    with Workspace() as work:
        os.mkdir(work.path("prom"))
        flags = ("--out", work.out, "--image-model", "local-classical", "--size", "200x200", "--metrics-file", work.path("prom/packshot.prom"))
        manifest = os.path.join(SAMPLE, "catalog.jsonl")
        packshot("run", manifest, *flags)
        agrees(read_file(work), work, 1)
        packshot("run", manifest, *flags)
        again = read_file(work)
        agrees(again, work, 2)
        at_rest(again, 0)
        assert get(again, "items_unchanged_total") > 20 and get(again, "cache_misses_total") == 0
        packshot("run", manifest, *flags, "--fill", "0.8")
        other = read_file(work)
        agrees(other, work, 3)
        assert get(other, "stage_results_total", stage="remove_background", origin="cache") > 0
        packshot("rerun", *flags, "--status", "review", "--yes")
        agrees(read_file(work), work, 4)
        equal("command", [dict(l)["command"] for n, l in read_file(work) if n == "packshot_run_info"], ["rerun"])


def test_an_address_that_is_taken():
    """Said before anything has begun."""
    with Workspace() as work, socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        address = "127.0.0.1:%d" % s.getsockname()[1]
        manifest = os.path.join(SAMPLE, "catalog.jsonl")
        flags = (manifest, "--out", work.out, "--image-model", "local-classical", "--metrics-listen")
        done = packshot("run", *flags, address, status=2)
        assert address in done.stderr and "in use" in done.stderr and done.stderr.count("\n") <= 2, done.stderr
        assert "[::1]:9464" in packshot("run", *flags, "9464", status=2).stderr
        equal("workspace", os.path.exists(work.out), False)
        packshot("plan", *flags, address)  # which listens nowhere
        packshot("nightly", *flags, address, status=2)
        equal("runs", work.sql("SELECT count(*) FROM runs"), [(0,)])


def test_a_file_that_cannot_be_written():
    """One warning, and no failure."""
    with Workspace() as work:
        work.write("file", "not a folder")
        done = packshot("run", os.path.join(SAMPLE, "catalog.jsonl"), "--out", work.out, "--image-model", "local-classical", "--size", "200x200", "--no-copy",
                        "--metrics-file", work.path("file/packshot.prom"))
        equal("warnings", [line for line in done.stderr.splitlines() if "warning" in line and "--metrics-file" not in line], [])
        equal("warned", done.stderr.count("--metrics-file"), 1)


def test_an_interrupted_run():
    with Workspace() as work, Emulator("--latency-ms", "2000") as server:
        os.mkdir(work.path("prom"))
        process = start("run", catalogue(work, 40), "--out", work.out, "--concurrency", "4", *server.flags(text=False), "--log-format", "json",
                        "--metrics-file", work.path("prom/packshot.prom"), env=env())
        log = Log(process)
        while server.stats().get("requests", 0) < 4:
            time.sleep(0.05)
        began = read_file(work)  # it stands from the beginning on
        equal("goes on", get(began, "run_exit_status"), -1)
        process.send_signal(signal.SIGINT)
        lines = log.end()
        equal("exit status", process.returncode, 130)
        last = read_file(work)
        agrees(last, work, 1)
        at_rest(last, 130)
        equal("end", lines[-1]["end"], "interrupted")


def test_json_of_other_commands():
    """Errors and progress too; nobody is asked; and a re-run does not talk as the night did."""
    with Workspace() as work, Emulator("--latency-ms", "800") as server:
        done = packshot("run", work.path("nothing.jsonl"), env=env(PACKSHOT_LOG_FORMAT="json"), status=2)
        equal("error", json.loads(done.stderr)["error"], "manifest")
        done = packshot("run", catalogue(work, 30, {1: "no_image"}), "--out", work.out, "--concurrency", "4", *QUICK, *server.flags(text=False), "--log-format", "json",
                        "--json", env=env(), status=1)
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        equal("report", json.loads(done.stdout)["run"], 1)
        progress = [line for line in lines if line["message"] == "progress"]
        assert progress and progress[-1]["total"] == 30 and progress[-1]["done"] <= 30, lines
        done = packshot("rerun", "--out", work.out, env=env(PACKSHOT_LOG_FORMAT="json"), status=2)
        asked = [json.loads(line) for line in done.stderr.splitlines()]
        equal("asked", (asked[0]["pictures"], asked[1]["error"]), (1, "usage"))
        assert asked[0]["most_usd"] >= asked[0]["least_usd"] > 0, asked
        assert packshot("rerun", "--out", work.out, "--yes", env=env(), status=1).stderr.startswith("1 picture of run 1 will be worked on again:")


if __name__ == "__main__":
    main([test_a_paid_run, test_the_same_again, test_an_address_that_is_taken, test_a_file_that_cannot_be_written, test_an_interrupted_run,
          test_json_of_other_commands])
