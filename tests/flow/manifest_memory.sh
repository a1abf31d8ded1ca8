# A catalogue is never in memory: 64 MiB at most, however long it is. Ten million lines are the same program with another number.
program=${B:-build/plain}/tests/flow/manifest_memory
"$program" 100000 json && "$program" 100000 csv && "$program" 1000000 jsonl # 77, skipped, with a sanitizer
