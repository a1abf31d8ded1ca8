"""A disk that refuses at any one write, sync, rename or creation of a paid run, or from then on: a clear end, and the same command finishes; what
was settled is not paid again, no picture is half written, and every call that was billed has its row."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator, env  # noqa: E402
from program import BUILD, PACKSHOT, ROOT, Workspace, equal, main, packshot  # noqa: E402
from test_api import catalogue  # noqa: E402
from test_kill_paid import outputs, settle, whole  # noqa: E402

SHIM = os.path.join(ROOT, BUILD, "tests/refusal.so")
ITEMS = 4
STEPS = int(os.environ.get("REFUSALS", "10"))  # of each kind, spread over the run; 0: every one


def refusing(work, server, **how):
    extra = {k: str(v) for k, v in how.items()}
    return subprocess.run([PACKSHOT, "run", work.path("catalog.jsonl"), "--out", work.out, "--workers", "1", *server.flags()], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120,
                          env={**os.environ, **env(), "LD_PRELOAD": SHIM, "REFUSE_BELOW": work.dir, **extra})


def steps_of_a_run():
    with Workspace() as work, Emulator() as server:
        catalogue(work, ITEMS)
        done = refusing(work, server, REFUSE_COUNT=work.path("../count-%d" % os.getpid()))
        equal("a run that is only counted, " + done.stderr, done.returncode, 0)
        with open(work.path("../count-%d" % os.getpid()), encoding="utf-8") as f:
            steps = int(f.read())
        os.unlink(work.path("../count-%d" % os.getpid()))
        return steps, outputs(work)


def check(how, at, wanted):
    with Workspace() as work, Emulator() as server:
        catalogue(work, ITEMS)
        done = refusing(work, server, **{how: at})
        assert done.returncode in (0, 1, 3), (how, at, done.returncode, done.stderr)
        if done.returncode == 3:
            assert "packshot: " in done.stderr and work.dir in done.stderr, (how, at, done.stderr)
        whole(work)
        packshot("run", work.path("catalog.jsonl"), "--out", work.out, *server.flags(), env=env())
        equal("%s=%d, then the same command" % (how, at), outputs(work), wanted)
        settle(work, server, 1)
        return done.returncode


def test_every_step():
    total, wanted = steps_of_a_run()
    ends = {}
    for how in "REFUSE_AT", "REFUSE_FROM":
        stride = max(1, total // STEPS) if STEPS else 1
        for at in range(1, total + 1, stride):
            status = check(how, at, wanted)
            ends[status] = ends.get(status, 0) + 1
    print("| %d disk calls in a run of %d pictures; refused at %d of them, once and from then on: exit statuses %s" %
          (total, ITEMS, sum(ends.values()), ends))


def room(work, mib, how="remount,size=%dm"):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", how % mib, "none", work.out], stderr=subprocess.DEVNULL, check=False).returncode == 0


def test_a_full_disk():
    """A small disk that fills up while pictures are bought, given more room again and again: the same command finishes."""
    with Workspace() as work, Emulator("--latency-ms", "5") as server:
        items = int(os.environ.get("FULL_ITEMS", "60"))
        manifest = catalogue(work, items, distinct=8)
        flags = ["run", manifest, "--out", work.out, "--workers", "2", "--concurrency", "4", *server.flags(text=False)]
        os.mkdir(work.out)
        if not room(work, 1, "size=%dm"):
            print("| a full disk: left out, only root may mount one")
            return
        try:
            statuses = []
            for mib in (1, 2, 4, 8, 16, 30, 42, 128):
                room(work, mib)
                done = packshot(*flags, env=env(), status=None)
                statuses.append(done.returncode if hasattr(done, "returncode") else done.status)
                assert statuses[-1] in (0, 3), (mib, done.stderr)
                if statuses[-1] == 3:
                    assert "packshot: " in done.stderr and ("No space left" in done.stderr or "full" in done.stderr), done.stderr
                if os.path.exists(os.path.join(work.out, "packshot.db")):
                    whole(work)
            equal("in the end", (statuses[-1], len(work.results())), (0, items))
            assert 3 in statuses, statuses
            settle(work, server, len(statuses))
            kept = work.sql("SELECT count(*) FROM calls WHERE state = 'settled' AND error IS NULL")[0][0]
            lost = work.sql("SELECT count(*) FROM calls WHERE state = 'unknown' OR error IS NOT NULL")[0][0]
            equal("bought and kept", kept, items)
            equal("bought in vain", lost, 0)  # a full disk is noticed before anything is bought
            print("| a disk of 1 to 128 MiB: exit statuses %s; %d pictures, %d bought and kept, %d in vain" % (statuses, items, kept, lost))
        finally:
            subprocess.run(["umount", work.out], check=True)


if __name__ == "__main__":
    main([test_every_step, test_a_full_disk])
