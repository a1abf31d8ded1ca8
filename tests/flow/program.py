"""The program under test, as the flow tests see it: start it, read what it left behind. No packshot code in here."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("B", "build/plain")
PACKSHOT = os.path.join(ROOT, BUILD, "packshot")
SAMPLE = os.path.join(ROOT, "sample_data")


class Workspace:
    """A temporary folder for one test; gone afterwards unless the test failed."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="packshot-test-")
        self.out = os.path.join(self.dir, "out")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            print("kept for a look:", self.dir, file=sys.stderr)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, content):
        with open(self.path(name), "wb" if isinstance(content, bytes) else "w") as f:
            f.write(content)
        return self.path(name)

    def manifest(self, products, name="catalog.jsonl"):
        return self.write(name, "".join(json.dumps(p) + "\n" for p in products))

    def results(self):
        with open(os.path.join(self.out, "results.jsonl"), encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def sql(self, query, *args):
        db = sqlite3.connect("file:%s/packshot.db?mode=ro" % self.out, uri=True)
        try:
            return db.execute(query, args).fetchall()
        finally:
            db.close()

    def pictures(self):
        found = []
        for folder, _, names in os.walk(os.path.join(self.out, "images")):
            found += [os.path.join(folder, n) for n in names]
        return sorted(found)


class Finished:
    def __init__(self, process, seconds):
        self.status = process.returncode
        self.stdout, self.stderr = process.stdout, process.stderr
        self.seconds = seconds


def packshot(*args, status=0, env=None, timeout=600, stdin=None):
    """Runs it to its end and insists on its exit status (None: any)."""
    began = time.monotonic()
    process = subprocess.run([PACKSHOT, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             timeout=timeout, input=stdin, env={**os.environ, **(env or {})})
    done = Finished(process, time.monotonic() - began)
    if status is not None and done.status != status:
        raise AssertionError("exit status %s, not %s\n%s\n%s" % (done.status, status, done.stdout, done.stderr))
    return done


def start(*args, env=None):
    """Starts it and leaves it running."""
    return subprocess.Popen([PACKSHOT, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, **(env or {})})


class Origin:
    """The local server of pictures that misbehaves by path (tests/origin)."""

    def __init__(self, folder):
        self.process = subprocess.Popen([os.path.join(ROOT, BUILD, "tests/flow/origin"), folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        word, port = self.process.stdout.readline().split()
        assert word == "port", word
        self.url = "http://127.0.0.1:" + port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stats(self):
        import urllib.request
        with urllib.request.urlopen(self.url + "/stats") as reply:
            return json.load(reply)


def equal(what, got, want):
    if got != want:
        raise AssertionError("%s: %r, not %r" % (what, got, want))


def main(tests):
    """Runs every test of a file, names it, and ends with 1 where one failed."""
    failed = 0
    for test in tests:
        began = time.monotonic()
        try:
            test()
            print("ok      %s (%.1f s)" % (test.__name__, time.monotonic() - began))
        except Exception as e:  # noqa: BLE001 - a test may fail in any way, the others still run
            failed += 1
            print("FAILED  %s: %s: %s" % (test.__name__, type(e).__name__, e))
            if os.environ.get("TRACE"):
                raise
    sys.exit(1 if failed else 0)
