"""Interrupts, kills and a disk that refuses: nothing half-written, and the same command finishes."""
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from program import PACKSHOT, SAMPLE, Workspace, equal, main, packshot, start  # noqa: E402

CLASSICAL = ("--image-model", "local-classical")
KILLS = int(os.environ.get("KILLS", "12"))


def catalogue(work, copies, each=1):
    """Pictures that differ in bytes, so that each is work of its own; `each` to a product."""
    photos = sorted(n for n in os.listdir(os.path.join(SAMPLE, "photos")) if n.endswith(".jpg"))[:6]
    products = []
    for i in range(copies):
        with open(os.path.join(SAMPLE, "photos", photos[i % len(photos)]), "rb") as f:
            work.write("photo-%d.jpg" % i, f.read() + b"%d" % i)
        if i % each == 0:
            products.append({"sku": "K%03d" % (i // each), "images": [], "product_info": {"category": "Kitchen"}})
        products[-1]["images"].append("photo-%d.jpg" % i)
    return work.manifest(products)


def whole(work):
    """Every file that stands under images/ is a complete picture; results.jsonl is complete or absent."""
    for path in work.pictures():
        with Image.open(path) as image:
            image.load()
            equal(path, image.size, (800, 800))
    results = os.path.join(work.out, "results.jsonl")
    if os.path.exists(results):
        with open(results, encoding="utf-8") as f:
            for line in f:
                json.loads(line)
                assert line.endswith("\n")


def outputs(work):
    return [(r["sku"], r["status"], r["output"]["sha256"]) for r in work.results()]


def test_kill_at_any_moment():
    rng = random.Random(20261123)
    with Workspace() as calm, Workspace() as work:
        count = 24
        manifest = catalogue(work, count)
        began = time.monotonic()
        packshot("run", manifest, "--out", calm.out, *CLASSICAL)
        whole_run = time.monotonic() - began
        for _ in range(KILLS):
            process = start("run", manifest, "--out", work.out, *CLASSICAL)
            time.sleep(rng.uniform(0, whole_run * 0.6))
            process.kill()
            process.communicate()
            whole(work)
        packshot("run", manifest, "--out", work.out, *CLASSICAL)
        whole(work)
        equal("same result as a run in peace", outputs(work), outputs(calm))
        equal("pictures", len(work.pictures()), count)
        equal("temporary files", os.listdir(os.path.join(work.out, "tmp")), [])
        states = {s for s, in work.sql("SELECT state FROM runs WHERE id < (SELECT max(id) FROM runs)")}
        assert states <= {"interrupted", "finished"}, states
        print("| %d kills over a run of %d items: nothing lost, no half-written file" % (KILLS, count))


def wait_for_first_picture(work, process):
    for _ in range(600):
        if work.pictures():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def test_interrupt_once():
    with Workspace() as work:
        manifest = catalogue(work, 60, 60)
        process = start("run", manifest, "--out", work.out, *CLASSICAL, "--concurrency", 4, "--workers", 1)
        wait_for_first_picture(work, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        equal("status", process.returncode, 130)
        assert "same command" in said, said
        whole(work)
        ended = work.sql("SELECT status, count(*) FROM items GROUP BY status")
        assert dict(ended).keys() <= {"succeeded", "review", "skipped"}, ended
        assert dict(ended)["skipped"] > 30, "what had not begun is left for the next time: %s" % ended
        equal("state", work.sql("SELECT state FROM runs")[0][0], "interrupted")
        equal("why", work.sql("SELECT DISTINCT error FROM items WHERE status = 'skipped'"), [("interrupted",)])
        packshot("run", manifest, "--out", work.out, *CLASSICAL)
        equal("all", len(work.results()), 60)


def test_interrupt_twice():
    with Workspace() as work:
        manifest = catalogue(work, 60)
        process = start("run", manifest, "--out", work.out, *CLASSICAL)
        wait_for_first_picture(work, process)
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.communicate(timeout=60)
        equal("status", process.returncode, 130)
        assert time.monotonic() - began < 5
        whole(work)


def test_two_at_a_time_are_refused():
    with Workspace() as work:
        manifest = catalogue(work, 60)
        process = start("run", manifest, "--out", work.out, *CLASSICAL)
        wait_for_first_picture(work, process)
        done = packshot("run", manifest, "--out", work.out, *CLASSICAL, status=3)
        assert str(process.pid) in done.stderr, done.stderr
        packshot("report", "--out", work.out)  # readers work meanwhile
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_interrupt_while_the_pipe_is_silent():
    for begun in (False, True):
        with Workspace() as work:
            process = subprocess.Popen([PACKSHOT, "run", "-", "--out", work.out, *CLASSICAL], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if begun:
                process.stdin.write(json.dumps({"sku": "P", "images": [os.path.join(SAMPLE, "photos/mug-1.jpg")]}).encode() + b"\n")
                process.stdin.flush()
                wait_for_first_picture(work, process)
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            try:
                equal("status", process.wait(timeout=10), 130)
                if begun:
                    equal("state", work.sql("SELECT state FROM runs")[0][0], "interrupted")
                    equal("kept", work.sql("SELECT count(*) FROM items WHERE status <> 'skipped'")[0][0], 1)
            finally:
                process.kill()
                process.communicate()


def limited(size, *args):
    """Runs it where no file may grow beyond `size` bytes: a disk that refuses in the middle of the work."""
    return subprocess.run([PACKSHOT, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120,
                          restore_signals=False,  # SIGXFSZ stays ignored, as Python has it
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))


def test_disk_that_refuses():
    with Workspace() as work:
        manifest = catalogue(work, 60)
        for size in (300 << 10, 1 << 20):
            done = limited(size, "run", manifest, "--out", work.out, *CLASSICAL, "--workers", 1, "--concurrency", 1)
            equal("status with files of %d bytes: %s" % (size, done.stderr), done.returncode, 3)
            assert work.out in done.stderr, "where it was refused: %s" % done.stderr
            whole(work)
        packshot("run", manifest, "--out", work.out, *CLASSICAL)
        equal("all", len(work.results()), 60)


if __name__ == "__main__":
    main([test_kill_at_any_moment, test_interrupt_once, test_interrupt_twice, test_two_at_a_time_are_refused,
          test_interrupt_while_the_pipe_is_silent, test_disk_that_refuses])
