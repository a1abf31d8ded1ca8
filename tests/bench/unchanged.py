"""CPU time of a run over a catalogue of which nothing has changed: photos on disk, and photos on a server that says so.

What the server is asked costs something whoever asks: a bare loop over libcurl that asks the same questions is measured beside it
(tests/bench/asking.c), as many at once as packshot asks, which the limit is held against; one at a time costs more, and is printed too. The
server has a CPU of its own where there are two, as a server elsewhere has: else the figures tell how the scheduler mixes the two. Figures
are for 100,000 pictures, from as many as UNCHANGED says and the start of a run; medians of rounds in which each kind of run has its turn, and
the loop too, since a machine that is shared is not equally fast from one minute to the next.
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
ROUNDS = 5
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


class Catalogue:
    """One that was worked through once: what further runs over it cost, in CPU seconds for 100,000 pictures."""

    def __init__(self, packshot, folder, name, source):
        self.packshot, self.folder = packshot, folder
        self.out, one, self.manifest = (os.path.join(folder, name + end) for end in ("", "-1.jsonl", ".jsonl"))
        write_manifest(one, 1, source)
        write_manifest(self.manifest, COUNT, source)
        run(packshot, one, self.out + "-1")
        run(packshot, self.manifest, self.out)
        self.start = statistics.median(run(packshot, one, self.out + "-1")[0] for _ in range(3))
        self.memory, self.runs = 0, 0

    def later(self):
        cpu, memory = run(self.packshot, self.manifest, self.out)
        self.memory, self.runs = max(self.memory, memory), self.runs + 1
        return self.start + WHOLE * (cpu - self.start) / COUNT

    def second(self):
        """The second run writes results.jsonl anew, those behind it do not."""
        os.remove(os.path.join(self.out, "results.jsonl"))
        return self.later()

    def asking(self, at_once):
        """Of asking about its photos and nothing else."""
        path = os.path.join(self.folder, "questions")
        with sqlite3.connect(os.path.join(self.out, "packshot.db")) as db, open(path, "w", encoding="utf-8") as f:
            for question in db.execute("SELECT place, etag, last_modified FROM last_made ORDER BY run, seq"):
                f.write("\t".join(question) + "\n")
        program = os.path.join(ROOT, BUILD, "tests/bench/asking")
        return WHOLE / 1e6 * float(subprocess.run([program, path, at_once], stdout=subprocess.PIPE, check=True, text=True).stdout)

    def rounds(self, *kinds):
        """The figures of each kind."""
        figures = list(zip(*[[kind() for kind in kinds] for _ in range(ROUNDS)]))
        with sqlite3.connect(os.path.join(self.out, "packshot.db")) as db:
            if db.execute("SELECT count(*), count(DISTINCT run) FROM unchanged").fetchone() != (self.runs * COUNT, self.runs):
                sys.exit("unchanged: something was worked on")
        return figures


def show(what, catalogue, second, later):
    print("%-16s %d unchanged: %5.2f CPU-s, later runs %.2f  %5.0f MiB at most" %
          (what, WHOLE, statistics.median(second), statistics.median(later), catalogue.memory), flush=True)


def main():
    packshot = os.path.realpath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="packshot-bench-")
    try:
        os.mkdir(os.path.join(folder, "photos"))
        make_photos(os.path.join(folder, "photos"))
        files = Catalogue(packshot, folder, "files", os.path.join(folder, "photos/%d.jpg"))
        second, later = files.rounds(files.second, files.later)
        local = statistics.median(second)
        show("photos on disk", files, second, later)
        print("%-16s limit %g" % ("", LIMIT_FILES), flush=True)
        with Origin(os.path.join(folder, "photos")) as origin:
            keep_apart(origin.process)
            urls = Catalogue(packshot, folder, "urls", origin.url + "/%d.jpg")
            second, asked, later = urls.rounds(urls.second, lambda: urls.asking(PER_HOST), urls.later)
            alone = urls.asking("1")
        beyond, later_beyond = (statistics.median(cpu - loop for cpu, loop in zip(cpus, asked)) for cpus in (second, later))
        show("photos at URLs", urls, second, later)
        print("%-16s %.2f beyond a bare loop that asks the same, later runs %.2f, limit %g: it takes %.2f with %s at once (%.2f one at a time)" %
              ("", beyond, later_beyond, LIMIT_BEYOND_ASKING, statistics.median(asked), PER_HOST, alone))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if local <= LIMIT_FILES and beyond <= LIMIT_BEYOND_ASKING else 1)


if __name__ == "__main__":
    main()
