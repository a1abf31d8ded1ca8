-- store-6.sql - packshot.db, version 6: what a photo's server is asked by stands in columns of its own.

ALTER TABLE last_made ADD COLUMN etag TEXT;          -- of a photo on a server, as the server said them; NULL: it did not, or a file
ALTER TABLE last_made ADD COLUMN last_modified TEXT;
UPDATE last_made SET etag = json_extract(source_facts, '$.etag'), last_modified = json_extract(source_facts, '$.last_modified')
WHERE json_valid(source_facts);
-- No longer used. To drop the column would fail wherever a view of the user's own names a table that is gone.
UPDATE last_made SET source_facts = NULL WHERE source_facts IS NOT NULL;
