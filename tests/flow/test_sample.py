"""The sample catalogue through the whole program, judged by another image library and another JSON-schema validator."""
import json
import os
import sys

import jsonschema
import numpy
from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from program import ROOT, SAMPLE, Workspace, equal, main, packshot  # noqa: E402

CATALOG = os.path.join(SAMPLE, "catalog.jsonl")
NEVER_NEURAL = ("--image-model", "local-classical")


def catalogue():
    with open(CATALOG, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def expected_items():
    return [(p["sku"], i + 1) for p in catalogue() for i in range(len(p["images"]))]


def check_picture(path, size=(800, 800), exact=False):
    with Image.open(path) as image:
        equal(path + " size", image.size, size)
        equal(path + " mode", image.mode, "RGB")
        pixels = numpy.asarray(image)
    border = numpy.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    equal(path + " border is pure white", int(border.min()), 255)
    product = pixels.min(axis=2) < (255 if exact else 250)
    rows, cols = numpy.flatnonzero(product.any(axis=1)), numpy.flatnonzero(product.any(axis=0))
    assert len(rows) and len(cols), path + " is empty"
    return cols[0], rows[0], cols[-1] + 1, rows[-1] + 1


def check_delivery(work, results):
    with open(os.path.join(ROOT, "schemas/results.schema.json"), encoding="utf-8") as f:
        validator = jsonschema.Draft202012Validator(json.load(f))
    for line in results:
        validator.validate(line)
        path = os.path.join(work.out, line["output"]["path"])
        equal(path + " bytes", os.path.getsize(path), line["output"]["bytes"])
        left, top, right, bottom = check_picture(path)
        fill = max(right - left, bottom - top) / 800
        assert abs(fill - 0.85) < 0.03, "%s fills %.3f" % (path, fill)
        assert abs((left + right) / 2 - 400) < 8 and abs((top + bottom) / 2 - 400) < 8, path + " is not centred"


def test_everything_is_delivered():
    with Workspace() as work:
        packshot("run", CATALOG, "--out", work.out)
        results = work.results()
        equal("one line an item, in order", [(r["sku"], r["position"]) for r in results], expected_items())
        bad = [(r["sku"], r["status"], r["error"]) for r in results if r["status"] not in ("succeeded", "review")]
        equal("delivered", bad, [])
        silent = [r["sku"] for r in results if r["status"] == "review" and not r["checks"]["reasons"]]
        equal("every review says why", silent, [])
        equal("files", len(work.pictures()), len(results))
        check_delivery(work, results)
        for r in results:
            equal("languages of " + r["sku"], sorted(r["copy"]), ["en", "zh-CN"])
            assert 3 <= len(r["copy"]["en"]["bullets"]) <= 5, r["copy"]["en"]
        small = [r for r in results if "upscaled" in (r["checks"]["reasons"] or [])]
        assert small, "the 250-pixel source must be marked as upscaled"
        second_run(work, results)


def second_run(work, before):
    files = {p: os.stat(p).st_mtime_ns for p in work.pictures()}
    done = packshot("run", CATALOG, "--out", work.out)
    assert done.seconds < 2, "an unchanged catalogue took %.1f s" % done.seconds
    print("| second run of the sample catalogue: %.2f s" % done.seconds)
    equal("no stage was worked", work.sql("SELECT count(*) FROM stage_results WHERE run = 2 AND origin = 'made'")[0][0], 0)
    equal("no picture was written again", {p: os.stat(p).st_mtime_ns for p in work.pictures()}, files)
    after = work.results()
    equal("same outputs", [r["output"] for r in after], [r["output"] for r in before])
    equal("all from the cache", [len(r["cached"]) for r in after], [7] * len(after))


def test_force_and_no_cache():
    with Workspace() as work:
        manifest = work.manifest([{"sku": "A", "images": [os.path.join(SAMPLE, catalogue()[0]["images"][0])]}])
        made = "SELECT count(*) FROM stage_results WHERE run = ? AND stage = 'resize' AND origin = 'made'"
        packshot("run", manifest, "--out", work.out, "--no-cache", *NEVER_NEURAL)
        equal("no-cache writes none", work.sql("SELECT count(*) FROM cache")[0][0], 0)
        packshot("run", manifest, "--out", work.out, *NEVER_NEURAL)
        packshot("run", manifest, "--out", work.out, "--no-cache", *NEVER_NEURAL)
        packshot("run", manifest, "--out", work.out, "--force", *NEVER_NEURAL)
        packshot("run", manifest, "--out", work.out, *NEVER_NEURAL)
        equal("worked in each run", [work.sql(made, run)[0][0] for run in range(1, 6)], [1, 1, 1, 1, 0])


def test_same_picture_is_worked_once():
    with Workspace() as work:
        picture = os.path.join(SAMPLE, catalogue()[0]["images"][0])
        manifest = work.manifest([{"sku": "P%d" % i, "images": [picture]} for i in range(8)])
        packshot("run", manifest, "--out", work.out, *NEVER_NEURAL)
        worked = work.sql("SELECT stage, count(*) FROM stage_results WHERE origin = 'made' GROUP BY stage")
        for stage in ("fetch", "remove_background", "enhance", "resize", "inspect"):
            equal(stage, dict(worked)[stage], 1)
        equal("pictures", len(work.pictures()), 8)


def test_formats_and_sizes():
    picture = os.path.join(SAMPLE, catalogue()[0]["images"][0])
    for name, extension, size in (("png", "png", "800x800"), ("webp", "webp", "640x900"), ("avif", "avif", "400x400"),
                                  ("jpeg", "jpg", "1200x1200")):
        with Workspace() as work:
            manifest = work.manifest([{"sku": "A", "images": [picture]}])
            packshot("run", manifest, "--out", work.out, "--format", name, "--size", size, *NEVER_NEURAL)
            path = work.results()[0]["output"]["path"]
            equal("path", path, "images/A/1." + extension)
            if name == "avif":  # another decoder than ours may lack it
                with open(os.path.join(work.out, path), "rb") as f:
                    equal("avif brand", f.read(12)[4:], b"ftypavif")
            else:
                check_picture(os.path.join(work.out, path), tuple(map(int, size.split("x"))), exact=name == "png")


def test_max_bytes():
    picture = os.path.join(SAMPLE, catalogue()[0]["images"][0])
    with Workspace() as work:
        manifest = work.manifest([{"sku": "A", "images": [picture]}])
        packshot("run", manifest, "--out", work.out, "--max-bytes", 45000, *NEVER_NEURAL)
        size = work.results()[0]["output"]["bytes"]
        assert 30000 < size <= 45000, size


def test_every_manifest_format_gives_the_same():
    with Workspace() as work:
        packshot("run", os.path.join(SAMPLE, "catalog.csv"), "--out", work.path("csv"), *NEVER_NEURAL)
        packshot("run", os.path.join(SAMPLE, "bare.json"), "--out", work.path("bare"), *NEVER_NEURAL)
        with open(CATALOG, encoding="utf-8") as f:
            lines = f.read()
        absolute = [json.loads(line) for line in lines.splitlines()][:2]
        for p in absolute:
            p["images"] = [os.path.join(SAMPLE, i) for i in p["images"]]
        packshot("run", "-", "--out", work.path("stdin"), *NEVER_NEURAL, stdin=json.dumps(absolute))
        for name in ("csv", "bare", "stdin"):
            with open(os.path.join(work.path(name), "results.jsonl"), encoding="utf-8") as f:
                statuses = {json.loads(line)["status"] for line in f}
            assert statuses <= {"succeeded", "review"}, (name, statuses)


def test_report():
    with Workspace() as work:
        manifest = work.manifest([{"sku": "A", "images": [os.path.join(SAMPLE, catalogue()[0]["images"][0]), "missing.jpg"]}])
        packshot("run", manifest, "--out", work.out, *NEVER_NEURAL, status=1)
        report = json.loads(packshot("report", "--out", work.out, "--format", "json").stdout)
        equal("total", report["items"]["total"], 2)
        equal("failed", report["items"]["failed"], 1)
        equal("success rate", report["success_rate"], 0.5)
        equal("why", [(f["code"], f["stage"], f["count"]) for f in report["failures"]], [("source_missing", "fetch", 1)])
        text = packshot("report", "--out", work.out).stdout
        assert "source_missing" in text and "missing.jpg" in text, text


if __name__ == "__main__":
    main([test_everything_is_delivered, test_force_and_no_cache, test_same_picture_is_worked_once, test_formats_and_sizes,
          test_max_bytes, test_every_manifest_format_gives_the_same, test_report])
