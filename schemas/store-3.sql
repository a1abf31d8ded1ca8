-- store-3.sql - packshot.db, version 3: runs that work again on the items of another.
ALTER TABLE runs ADD COLUMN base INTEGER REFERENCES runs (id); -- of a re-run: whose items it worked on; NULL: it read a manifest
CREATE INDEX runs_by_base ON runs (base) WHERE base IS NOT NULL;
