-- store-5.sql - packshot.db, version 5: a photo on a server is asked about by what its last_made row says, without a look into the cache.

ALTER TABLE last_made ADD COLUMN source_facts TEXT; -- what fetch knows of a photo on a server, ETag and date among it; NULL: a file
UPDATE last_made SET source_facts = (
	SELECT c.facts FROM made_stages s JOIN cache c ON c.key = s.key
	WHERE s.run = last_made.run AND s.seq = last_made.seq AND s.stage = 'fetch' AND c.blob = last_made.source)
WHERE source_size IS NULL;
