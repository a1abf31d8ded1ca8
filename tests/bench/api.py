"""CPU time and memory of the paid road: photos fetched by HTTP, edited by the emulator without latency, 64 in flight, no copy. The floor is
measured beside it in the same run: the same transfers, JPEG, scaling and rows in one bare loop (tests/bench/floor.c)."""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/flow"))
sys.path.insert(0, os.path.join(ROOT, "tests/bench"))
from emulator import KEY, Emulator, env  # noqa: E402
from program import BUILD, Origin  # noqa: E402
from run import make_photos, measure  # noqa: E402

COUNT = int(os.environ.get("API_PICTURES", "500"))
DISTINCT = 20
LIMIT_MS, LIMIT_MIB = 14.0, 250.0


def main():
    packshot = os.path.realpath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="packshot-bench-")
    os.environ.update(env())
    try:
        make_photos(folder, DISTINCT, quality=97)
        bases = [open(os.path.join(folder, "%d.jpg" % i), "rb").read() for i in range(DISTINCT)]
        for i in range(COUNT):  # each a file of its own for packshot, and one that the emulator has edited before
            with open(os.path.join(folder, "%d.jpg" % i), "wb") as f:
                f.write(bases[i % DISTINCT] + b"%d" % i)
        print("photos of %.2f MB on average" % (sum(map(len, bases)) / DISTINCT / 1e6), flush=True)
        with Origin(folder) as origin, Emulator() as model:
            urls = ["%s/%d.jpg" % (origin.url, i) for i in range(COUNT)]
            floor = [os.path.join(ROOT, BUILD, "tests/bench/floor"), model.url, KEY]
            for name in "warm", "floor":
                os.mkdir(os.path.join(folder, name))
            subprocess.run([*floor, str(DISTINCT), os.path.join(folder, "warm"), *urls[:DISTINCT]], stdout=subprocess.DEVNULL, check=True)  # warms the emulator
            least = float(subprocess.run([*floor, str(COUNT), os.path.join(folder, "floor"), *urls], stdout=subprocess.PIPE, check=True, text=True).stdout)
            manifest = os.path.join(folder, "catalog.jsonl")
            with open(manifest, "w", encoding="utf-8") as f:
                f.writelines('{"sku":"B%d","images":["%s"]}\n' % (i, url) for i, url in enumerate(urls))
            status, cpu, memory = measure([packshot, "run", manifest, "--out", os.path.join(folder, "out"), "--allow-private-hosts", "--per-host",
                                           "64", "--concurrency", "64", "-q", *model.flags(text=False)])
            made = len([n for _, _, names in os.walk(os.path.join(folder, "out/images")) for n in names])
            paid = model.stats()["billed"] - COUNT - DISTINCT
        each = cpu * 1000 / COUNT
        print("%-16s %4d pictures  %8.2f CPU-ms a picture  %5.0f MiB at most" % ("model's API", COUNT, each, memory))
        print("%-16s limits %g and %g; the floor is %.2f CPU-ms on this machine" % ("", LIMIT_MS, LIMIT_MIB, least))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if status == 0 and made == paid == COUNT and each <= LIMIT_MS and memory <= LIMIT_MIB else 1)


if __name__ == "__main__":
    main()
