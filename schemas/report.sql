-- The figures of `packshot report`, in plain SQL over the tables: one row a figure, by its place in the JSON report. The table `scope` above
-- holds the runs they are of; counted 0: the run broke off and a later one did its work, so its money counts and its items do not.
-- Latency is exact here; the report reads it from histograms, to within 0.8 %.

-- Items as they stand: for each place of each catalogue the row of its last run, but for what a re-run skipped.
CREATE TEMP VIEW standing AS
SELECT * FROM (
	SELECT i.*, row_number() OVER (PARTITION BY coalesce(r.base, r.id), i.seq
	       ORDER BY i.status = 'skipped' AND r.base IS NOT NULL, r.id DESC) AS place
	FROM items i JOIN runs r ON r.id = i.run JOIN scope s ON s.run = i.run WHERE s.counted)
WHERE place = 1;
CREATE TEMP VIEW worked AS SELECT i.* FROM items i JOIN scope s ON s.run = i.run;
CREATE TEMP VIEW steps AS SELECT r.* FROM stage_results r JOIN scope s ON s.run = r.run;
CREATE TEMP VIEW ledger AS
SELECT c.*, CASE c.state WHEN 'settled' THEN c.settled_nano WHEN 'unknown' THEN c.reserved_nano ELSE 0 END AS nano,
       row_number() OVER (PARTITION BY c.run, c.seq, c.stage ORDER BY c.state = 'reserved', c.id) AS place
FROM calls c JOIN scope s ON s.run = c.run;
CREATE TEMP VIEW reasons AS
WITH RECURSIVE each (name, rest, status) AS (
	SELECT '', reasons || ',', status FROM standing WHERE reasons IS NOT NULL AND status IN ('review', 'rejected')
	UNION ALL SELECT substr(rest, 1, instr(rest, ',') - 1), substr(rest, instr(rest, ',') + 1), status FROM each WHERE rest <> '')
SELECT name, status FROM each WHERE name <> '';
CREATE TEMP VIEW timed AS
SELECT stage AS name, took, row_number() OVER (PARTITION BY stage ORDER BY took) AS k, count(*) OVER (PARTITION BY stage) AS n
FROM steps WHERE origin <> 'cache'
UNION ALL SELECT '', took, row_number() OVER (ORDER BY took), count(*) OVER () FROM worked WHERE NOT unchanged;

SELECT 'items.total' AS figure, count(*) AS value FROM standing
UNION ALL SELECT 'items.' || status, count(*) FROM standing GROUP BY status
UNION ALL SELECT 'items.unchanged', total(unchanged) FROM standing
UNION ALL SELECT 'success_rate', avg(status = 'succeeded') FROM standing
UNION ALL SELECT 'cost.total_usd', total(nano) / 1e9 FROM ledger
UNION ALL SELECT 'cost.image_usd', total(settled_nano) / 1e9 FROM ledger WHERE state = 'settled' AND kind = 'image'
UNION ALL SELECT 'cost.text_usd', total(settled_nano) / 1e9 FROM ledger WHERE state = 'settled' AND kind = 'text'
UNION ALL SELECT 'cost.unknown_usd', total(reserved_nano) / 1e9 FROM ledger WHERE state = 'unknown'
UNION ALL SELECT 'cost.saved_by_cache_usd', total(cost_nano) / 1e9 FROM steps WHERE origin = 'cache'
UNION ALL SELECT 'cost.per_accepted_usd', (SELECT total(nano) / 1e9 FROM ledger) / nullif(count(*), 0) FROM standing WHERE status = 'succeeded'
UNION ALL SELECT 'cost.by_model[' || model || '].cost_usd', total(nano) / 1e9 FROM ledger GROUP BY model
UNION ALL SELECT 'cost.by_model[' || model || '].calls', count(*) FROM ledger WHERE state <> 'reserved' GROUP BY model
UNION ALL SELECT 'cost.by_model[' || model || '].items', count(*) FROM (
	SELECT image_model AS model FROM standing UNION ALL
	SELECT text_model FROM standing WHERE text_model IS NOT image_model) WHERE model IS NOT NULL GROUP BY model
UNION ALL SELECT 'cost.by_category[' || coalesce(category, '') || '].items', count(*) FROM standing GROUP BY category
UNION ALL SELECT 'cost.by_category[' || coalesce(category, '') || '].succeeded', sum(status = 'succeeded') FROM standing GROUP BY category
UNION ALL SELECT 'cost.by_category[' || coalesce(category, '') || '].cost_usd', total(cost_nano) / 1e9 FROM worked GROUP BY category
UNION ALL SELECT 'cache.hits', count(*) FROM steps WHERE origin = 'cache'
UNION ALL SELECT 'cache.misses', count(key) FROM steps WHERE origin <> 'cache'
UNION ALL SELECT 'calls.sent', count(*) FROM ledger WHERE state <> 'reserved'
UNION ALL SELECT 'calls.retried', total(place > 1) FROM ledger WHERE state <> 'reserved'
UNION ALL SELECT 'calls.failed', total(state = 'unknown' OR error IS NOT NULL) FROM ledger
UNION ALL SELECT 'calls.requests', total(calls) FROM worked
UNION ALL SELECT 'stages[' || stage || '].' || replace(origin, 'cache', 'cached'), count(*) FROM steps GROUP BY stage, origin
UNION ALL SELECT 'stages[' || stage || '].cost_usd', total(nano) / 1e9 FROM ledger GROUP BY stage
UNION ALL SELECT 'failures[' || error || ',' || coalesce(error_stage, '') || '].count', count(*) FROM standing
	WHERE error IS NOT NULL GROUP BY error, error_stage
UNION ALL SELECT 'review_reasons[' || name || '].' || status, count(*) FROM reasons GROUP BY name, status
UNION ALL SELECT iif(name = '', 'item_ms', 'latency_ms.' || name) || '.p50', max(iif(k = (n * 50 + 99) / 100, took, 0)) / 1e3 FROM timed GROUP BY name
UNION ALL SELECT iif(name = '', 'item_ms', 'latency_ms.' || name) || '.p95', max(iif(k = (n * 95 + 99) / 100, took, 0)) / 1e3 FROM timed GROUP BY name
UNION ALL SELECT iif(name = '', 'item_ms', 'latency_ms.' || name) || '.p99', max(iif(k = (n * 99 + 99) / 100, took, 0)) / 1e3 FROM timed GROUP BY name;
