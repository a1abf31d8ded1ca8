"""packshot rerun: what failed and may succeed now, or what is named; as it was asked before, but for what is said now."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import IMAGE_MODEL, Emulator, env  # noqa: E402
from program import PACKSHOT, Workspace, equal, main, packshot, start  # noqa: E402
from test_api import catalogue, delivered  # noqa: E402


def standing(work):
    return {r["sku"]: r["status"] for r in work.results()}


def test_what_failed_is_worked_on_again():
    with Workspace() as work, Emulator() as server:
        manifest = catalogue(work, 12, {1: "no_image", 2: "safety", 3: "half_jpeg"})
        packshot("run", manifest, "--out", work.out, *server.flags(), "--locale", "zh-CN", env=env(), status=1)
        before = work.results()
        equal("first", sorted(s for s in standing(work).values() if s != "succeeded"), ["failed", "failed", "rejected"])
        calls = server.stats()["requests"]
        # Where nobody is there to ask it insists on --yes, and does nothing.
        done = packshot("rerun", "--out", work.out, env=env(), status=2)
        assert "2 pictures" in done.stderr and "--yes" in done.stderr and "$" in done.stderr, done.stderr
        equal("nothing was done", server.stats()["requests"], calls)
        # The manifest's brand makes the fault permanent: it fails again, and everything else stands as it did.
        packshot("rerun", "--out", work.out, "--yes", env=env(), status=1)
        equal("tried again", {k: v for k, v in standing(work).items() if v == "failed"}, {"A0001": "failed", "A0003": "failed"})
        equal("order", [r["sku"] for r in work.results()], [r["sku"] for r in before])
        equal("the others' lines", [r for r in work.results() if r["status"] != "failed"], [r for r in before if r["status"] != "failed"])
        equal("rows", work.sql("SELECT run, count(*) FROM items GROUP BY run"), [(1, 12), (2, 2)])
        equal("asked as before", {json.loads(r[0])["image_model"] for r in work.sql("SELECT config FROM runs")}, {IMAGE_MODEL})
        # Another model for the hard ones.
        packshot("rerun", "--out", work.out, "--yes", "--image-model", "local-classical", "--class", "no_image", env=env())
        equal("by another model", [(r["image_model"], r["status"] in ("succeeded", "review"), list(r["copy"])) for r in work.results() if r["sku"] == "A0001"],
              [("local-classical", True, ["zh-CN"])])
        packshot("rerun", "--out", work.out, "--yes", "--status", "rejected", "--image-model", "local-classical", env=env())
        equal("what is left", {k for k, v in standing(work).items() if v not in ("succeeded", "review")}, {"A0003"})
        delivered(work, 11)
        # By product, and by stage; a run that is not there.
        packshot("rerun", "--out", work.out, "--yes", "--sku", "A0007", "--force", env=env())
        packshot("rerun", "--out", work.out, "--yes", "--stage", "remove_background", "--image-model", "local-classical", env=env())
        equal("rows of runs", [n for _, n in work.sql("SELECT run, count(*) FROM items WHERE run > 2 GROUP BY run")], [1, 1, 1, 1])
        equal("all", set(standing(work).values()) <= {"succeeded", "review"}, True)
        done = packshot("rerun", "--out", work.out, "--yes", env=env())
        assert "Nothing" in done.stderr, done.stderr
        packshot("rerun", "--out", work.out, "--yes", "--run", "99", env=env(), status=2)


def test_what_a_stop_left():
    """Credit is used up in the middle; topped up, rerun works on what was skipped. run would do the same, reading the manifest again."""
    with Workspace() as work, Emulator("--script", ",".join(["ok"] * 20 + ["credit"])) as server:
        packshot("run", catalogue(work, 60), "--out", work.out, "--concurrency", "4", *server.flags(text=False), env=env(), status=4)
        skipped = list(standing(work).values()).count("skipped")
        assert 0 < skipped < 60, skipped
        packshot("rerun", "--out", work.out, "--yes", env=env())
        equal("now", set(standing(work).values()), {"succeeded"})
        equal("bought", len(server.bill()), 60)


def test_a_stopped_rerun_takes_nothing_away():
    """What a re-run skips stays as it was, on the disk and in results.jsonl."""
    with Workspace() as work, Emulator() as server:
        packshot("run", catalogue(work, 12), "--out", work.out, *server.flags(text=False), env=env())
        before = work.results()
        packshot("rerun", "--out", work.out, "--yes", "--force", "--budget", "0.1", *[f for r in before for f in ("--sku", r["sku"])], env=env(), status=4)
        after = work.results()
        equal("delivered", [r["status"] for r in after], ["succeeded"] * 12)
        equal("outputs", [r["output"]["path"] for r in after], [r["output"]["path"] for r in before])


def test_an_unfinished_catalogue_is_finished_first():
    with Workspace() as work, Emulator("--latency-ms", "200") as server:
        manifest = catalogue(work, 60)
        process = start("run", manifest, "--out", work.out, "--concurrency", "2", *server.flags(text=False), env=env())
        while server.stats().get("requests", 0) < 3:
            time.sleep(0.02)
        process.terminate()
        process.communicate()
        done = packshot("rerun", "--out", work.out, "--yes", env=env(), status=2)
        assert "before it had read" in done.stderr, done.stderr


def test_what_a_refused_key_stopped():
    with Workspace() as work, Emulator() as server:
        packshot("run", catalogue(work, 30), "--out", work.out, *server.flags(text=False), env=env(GEMINI_API_KEY="wrong"), status=2)
        packshot("rerun", "--out", work.out, "--yes", env=env())
        equal("all", set(standing(work).values()), {"succeeded"})


def test_from_another_folder():
    """Relative pictures and references are found; nothing is bought twice."""
    with Workspace() as work, Emulator("--script", "ok,ok,credit") as server:
        catalogue(work, 4)
        work.manifest([{"sku": "R%d" % i, "images": ["photo-%d.jpg" % i, "photo-%d.jpg" % (i + 1)]} for i in (0, 2)], "pairs.jsonl")
        flags = ["run", "pairs.jsonl", "--out", work.out, "--reference-images", "1", "--concurrency", "1", *server.flags(text=False)]
        subprocess.run([PACKSHOT, *flags], cwd=work.dir, env={**os.environ, **env()}, stderr=subprocess.DEVNULL, check=False)
        done = subprocess.run([PACKSHOT, "rerun", "--out", work.out, "--yes"], cwd="/", env={**os.environ, **env()}, stderr=subprocess.PIPE, text=True, check=False)
        equal(done.stderr, done.returncode, 0)
        subprocess.run([PACKSHOT, *flags], cwd=work.dir, env={**os.environ, **env()}, stderr=subprocess.DEVNULL, check=True)
        equal("each bought once, with its reference", [b["image_in"] for b in server.bill()], [2 * 1120] * 4)


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
