"""packshot rerun: what failed and may succeed now, or what is named; as it was asked before, but for what is said now."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import IMAGE_MODEL, Emulator, env  # noqa: E402
from program import Workspace, equal, main, packshot  # noqa: E402
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


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
