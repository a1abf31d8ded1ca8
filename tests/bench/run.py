"""CPU time and memory of whole runs: a picture of 2 megapixels with the classical cutout and with the neural model.

CPU milliseconds a picture are what is compared: wall time on a shared machine says little. Fails beyond the promised limits.
The network's own arithmetic depends on the processor alone, so it is measured by itself in the same run and printed beside the
whole: it tells a slow processor from a slow program.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import numpy
from PIL import Image, ImageOps

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PHOTOS = os.path.join(ROOT, "sample_data", "photos")
CLASSICAL = int(os.environ.get("PICTURES", "200"))
NEURAL = int(os.environ.get("NEURAL_PICTURES", "40"))
LIMITS = {"local-classical": 120.0, "local-neural": 2200.0}  # CPU milliseconds a picture


def make_photos(folder, count, quality=92):
    """Photos of 1600x1250, each different from the others: mirrored, brighter or darker, with sensor noise."""
    names = sorted(n for n in os.listdir(PHOTOS) if n.endswith(".jpg"))
    rng = numpy.random.default_rng(1)
    bases = []
    for name in names:
        with Image.open(os.path.join(PHOTOS, name)) as image:
            if image.mode == "RGB" and max(image.size) >= 800:
                bases.append(numpy.asarray(ImageOps.fit(ImageOps.exif_transpose(image), (1600, 1250)), dtype=numpy.int16))
    for i in range(count):
        pixels = bases[i % len(bases)] + rng.integers(-4, 5, (1250, 1600, 1), dtype=numpy.int16) + i % 7 - 3
        pixels = pixels[:, ::-1] if i // len(bases) % 2 else pixels
        Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8)).save(os.path.join(folder, "%d.jpg" % i), quality=quality)


def measure(argv):
    """Exit status, CPU seconds and peak MiB of one process."""
    pid = os.fork()
    if pid == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.execv(argv[0], argv)
    _, status, used = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def network_alone():
    """CPU milliseconds of one inference with nothing around it."""
    program = os.path.join(ROOT, os.environ.get("B", "build/plain"), "tests/bench/network")
    return float(subprocess.run([program], stdout=subprocess.PIPE, check=True, text=True).stdout)


def bench(packshot, folder, model, count):
    """The figures of a first and an unchanged run, printed. CPU milliseconds a picture of the first; None: it failed."""
    manifest = os.path.join(folder, model + ".jsonl")
    with open(manifest, "w", encoding="utf-8") as f:
        f.writelines('{"sku":"B%d","images":["%d.jpg"]}\n' % (i, i) for i in range(count))
    argv = [packshot, "run", manifest, "--out", os.path.join(folder, model), "--image-model", model, "--no-copy"]
    statuses, figures = [], []
    for name in (model, "  unchanged"):
        status, cpu, memory = measure(argv)
        statuses.append(status)
        figures.append(cpu * 1000 / count)
        print("%-16s %4d pictures  %8.2f CPU-ms a picture  %5.0f MiB at most" % (name, count, figures[-1], memory), flush=True)
    return figures[0] if max(statuses) <= 1 else None


def main():
    packshot = os.path.realpath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="packshot-bench-")
    good = True
    try:
        make_photos(folder, max(CLASSICAL, NEURAL))
        sizes = [os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)]
        print("photos of 1600x1250, %.2f MB on average" % (sum(sizes) / len(sizes) / 1e6), flush=True)
        if CLASSICAL:
            each = bench(packshot, folder, "local-classical", CLASSICAL)
            good = each is not None and each <= LIMITS["local-classical"]
            print("%-16s limit %g" % ("", LIMITS["local-classical"]), flush=True)
        if NEURAL:
            each = bench(packshot, folder, "local-neural", NEURAL)
            alone = network_alone()
            good = good and each is not None and each <= LIMITS["local-neural"]
            print("%-16s limit %g; the network alone takes %.0f on this machine" % ("", LIMITS["local-neural"], alone))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
