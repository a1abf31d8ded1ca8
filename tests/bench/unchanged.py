"""CPU time of a run over a catalogue of which nothing has changed: photos on disk, and photos on a server that says so.

What the server is asked costs something whoever asks: a bare loop over libcurl that asks the same questions is measured beside it
(tests/bench/asking.c), as many at once as packshot asks, which the limit is held against; one at a time costs more, and is printed too. The
server has a CPU of its own where there are two, as a server elsewhere has: else the figures tell how the scheduler mixes the two. Figures
are for 100,000 pictures, from as many as UNCHANGED says and the start of a run; medians of three.
"""
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile

from PIL import Image

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/flow"))
sys.path.insert(0, os.path.join(ROOT, "tests/bench"))
from program import BUILD, SAMPLE, Origin  # noqa: E402
from run import measure  # noqa: E402

COUNT = int(os.environ.get("UNCHANGED", "20000"))
WHOLE = 100000
PER_HOST = "6"  # packshot's own default
LIMIT_FILES, LIMIT_BEYOND_ASKING = 3.0, 1.5


def make_photos(folder):
    with Image.open(os.path.join(SAMPLE, "photos/mug-1.jpg")) as image:
        image.thumbnail((400, 400))
        image.save(os.path.join(folder, "0.jpg"))
    for i in range(1, COUNT):
        shutil.copy(os.path.join(folder, "0.jpg"), os.path.join(folder, "%d.jpg" % i))


def keep_apart(server):
    """From here on the server has the last CPU, and what is measured the others."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) > 1:
        for thread in os.listdir("/proc/%d/task" % server.pid):
            os.sched_setaffinity(int(thread), cpus[-1:])
        os.sched_setaffinity(0, cpus[:-1])


def write_manifest(path, count, source):
    with open(path, "w", encoding="utf-8") as f:
        for i in range(count):  # SKUs in no order
            f.write(json.dumps({"sku": "SKU-%07d" % (i * 7919 % count), "title": "Enamel mug %d" % i, "images": [source % i],
                                "product_info": {"category": "Kitchen", "brand": "Norrland", "price": 12.5, "attributes": {"material": "steel"}}}) + "\n")


def run(packshot, manifest, out):
    status, cpu, memory = measure([packshot, "run", manifest, "--out", out, "--size", "200x200", "--image-model", "local-classical",
                                   "--allow-private-hosts", "--per-host", PER_HOST, "-q"])
    if status > 1:
        sys.exit("unchanged: a run ended with %d" % status)
    return cpu, memory


def of_the_whole(packshot, folder, name, source):
    """CPU seconds of an unchanged run of 100,000, as the second one is, which writes results.jsonl anew, and as those behind it are; the peak
    MiB; the workspace."""
    out, one, many = (os.path.join(folder, name + end) for end in ("", "-1.jsonl", ".jsonl"))
    write_manifest(one, 1, source)
    write_manifest(many, COUNT, source)
    run(packshot, one, out + "-1")
    run(packshot, many, out)
    start = statistics.median(run(packshot, one, out + "-1")[0] for _ in range(3))
    second, later = [], []
    for _ in range(3):
        os.remove(os.path.join(out, "results.jsonl"))  # so that it is written anew
        second.append(run(packshot, many, out))
        later.append(run(packshot, many, out))
    with sqlite3.connect(os.path.join(out, "packshot.db")) as db:
        if db.execute("SELECT count(*), count(DISTINCT run) FROM unchanged").fetchone() != (6 * COUNT, 6):
            sys.exit("unchanged: something was worked on")
    whole = [start + WHOLE * (statistics.median(cpu for cpu, _ in runs) - start) / COUNT for runs in (second, later)]
    return whole, max(memory for _, memory in second + later), out


def asking(folder, out, at_once):
    """CPU seconds of asking about 100,000 photos and nothing else."""
    path = os.path.join(folder, "questions")
    with sqlite3.connect(os.path.join(out, "packshot.db")) as db, open(path, "w", encoding="utf-8") as f:
        for question in db.execute("SELECT m.source, l.etag, l.last_modified FROM last_made l"
                                   " JOIN made_items m ON m.run = l.run AND m.seq = l.seq ORDER BY l.seq"):
            f.write("\t".join(question) + "\n")
    program = os.path.join(ROOT, BUILD, "tests/bench/asking")
    return WHOLE / 1e6 * statistics.median(float(subprocess.run([program, path, at_once], stdout=subprocess.PIPE, check=True, text=True).stdout) for _ in range(3))


def main():
    packshot = os.path.realpath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="packshot-bench-")
    try:
        os.mkdir(os.path.join(folder, "photos"))
        make_photos(os.path.join(folder, "photos"))
        files, memory, _ = of_the_whole(packshot, folder, "files", os.path.join(folder, "photos/%d.jpg"))
        print("%-16s %d unchanged: %5.2f CPU-s, later runs %.2f  %5.0f MiB at most" % ("photos on disk", WHOLE, *files, memory), flush=True)
        print("%-16s limit %g" % ("", LIMIT_FILES), flush=True)
        with Origin(os.path.join(folder, "photos")) as origin:
            keep_apart(origin.process)
            urls, memory, out = of_the_whole(packshot, folder, "urls", origin.url + "/%d.jpg")
            loop, least = asking(folder, out, "1"), asking(folder, out, PER_HOST)
        beyond = [cpu - least for cpu in urls]
        print("%-16s %d unchanged: %5.2f CPU-s, later runs %.2f  %5.0f MiB at most" % ("photos at URLs", WHOLE, *urls, memory))
        print("%-16s %.2f beyond a bare loop that asks the same, later runs %.2f, limit %g: it takes %.2f with %s at once (%.2f one at a time)" %
              ("", *beyond, LIMIT_BEYOND_ASKING, least, PER_HOST, loop))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if files[0] <= LIMIT_FILES and beyond[0] <= LIMIT_BEYOND_ASKING else 1)


if __name__ == "__main__":
    main()
