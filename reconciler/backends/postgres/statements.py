"""Every statement about one state. Each is one transaction, and goes over the wire once.

`_MINE` compares the whole of what the holder knows: whose row it is, under which epoch, which
document it follows (`write_id` is of one document: so of one lineage and serial), and how many
lines stand in the journal. Where anything differs, no row is found and nothing is written.
"""

_MINE = """owner = %(owner)s AND epoch = %(epoch)s AND write_id = %(write_id)s
       AND lines = %(lines)s"""

LOAD = """
SELECT (SELECT max(version) FROM reconciler.format), document,
       (SELECT array_agg(line ORDER BY number) FROM reconciler.journal WHERE owner = s.owner)
  FROM reconciler.state AS s WHERE owner = %(owner)s
"""

TRY_LOCK = "SELECT pg_try_advisory_lock(%(key)s)"

FREE = "SELECT pg_advisory_unlock(%(key)s)"
"""The server takes a moment to notice that a session was closed: nobody has to wait for that."""

HOLD = """
INSERT INTO reconciler.state AS s (owner, epoch, serial, write_id, holder, lines)
VALUES (%(owner)s, 1, 0, gen_random_uuid(), %(holder)s::jsonb, 0)
    ON CONFLICT (owner) DO UPDATE SET epoch = s.epoch + 1, holder = excluded.holder
RETURNING epoch, write_id, lines
"""

LET_GO = """
UPDATE reconciler.state SET holder = NULL WHERE owner = %(owner)s AND epoch = %(epoch)s
"""

APPEND = f"""
WITH mine AS (
    UPDATE reconciler.state SET lines = lines + 1 WHERE {_MINE} RETURNING owner, lines)
INSERT INTO reconciler.journal (owner, number, line)
SELECT owner, lines, %(line)s FROM mine
"""  # noqa: S608  # no part of it is anybody's input

CHECKPOINT = f"""
WITH mine AS (
    SELECT owner, epoch, serial, write_id, document FROM reconciler.state WHERE {_MINE}
       FOR UPDATE),
kept AS (
    INSERT INTO reconciler.history (owner, epoch, serial, write_id, document)
    SELECT * FROM mine WHERE document IS NOT NULL),
dropped AS (
    DELETE FROM reconciler.journal USING mine WHERE journal.owner = mine.owner)
UPDATE reconciler.state AS s
   SET document = %(document)s, serial = %(serial)s, write_id = %(new)s, lines = 0,
       epoch = greatest(s.epoch, %(above)s), written_at = now()
  FROM mine WHERE s.owner = mine.owner
RETURNING s.epoch
"""  # noqa: S608  # no part of it is anybody's input

PRUNE = """
DELETE FROM reconciler.history WHERE owner = %(owner)s AND write_id NOT IN (
    SELECT write_id FROM reconciler.history WHERE owner = %(owner)s
     ORDER BY replaced_at DESC LIMIT %(kept)s)
"""

SET_ASIDE = f"""
WITH mine AS (
    SELECT owner, document FROM reconciler.state WHERE {_MINE} FOR UPDATE),
lines AS (
    SELECT string_agg(line, '\\x0a'::bytea ORDER BY number) AS journal
      FROM reconciler.journal WHERE owner = %(owner)s),
kept AS (
    INSERT INTO reconciler.aside (owner, number, why, document, journal)
    SELECT owner, (SELECT count(*) + 1 FROM reconciler.aside WHERE owner = %(owner)s),
           %(why)s, document, journal
      FROM mine, lines WHERE document IS NOT NULL OR journal IS NOT NULL
    RETURNING number, document IS NOT NULL AS has_document, journal IS NOT NULL AS has_journal),
dropped AS (
    DELETE FROM reconciler.journal USING mine WHERE journal.owner = mine.owner),
emptied AS (
    UPDATE reconciler.state AS s SET document = NULL, lines = 0, write_id = %(new)s
      FROM mine WHERE s.owner = mine.owner RETURNING s.owner)
SELECT emptied.owner, number, has_document, has_journal FROM emptied LEFT JOIN kept ON true
"""  # noqa: S608  # no part of it is anybody's input

STANDING = """
SELECT epoch, write_id, lines FROM reconciler.state WHERE owner = %(owner)s
"""

HOLDER = """
SELECT holder, (SELECT min(pid) FROM pg_locks
                 WHERE locktype = 'advisory' AND granted AND objsubid = 1
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND classid::bigint = %(high)s AND objid::bigint = %(low)s)
  FROM reconciler.state WHERE owner = %(owner)s
"""

BREAK = """
UPDATE reconciler.state SET epoch = epoch + 1, holder = NULL
 WHERE owner = %(owner)s AND holder ->> 'id' = %(id)s
"""

END_SESSION = "SELECT pg_terminate_backend(%(pid)s)"

HISTORY = """
SELECT serial, write_id FROM reconciler.history WHERE owner = %(owner)s ORDER BY replaced_at DESC
"""

BACKUP = """
SELECT document FROM reconciler.history WHERE owner = %(owner)s AND write_id = %(write_id)s
"""
