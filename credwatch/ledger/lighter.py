"""The second schema: what a hundred thousand credentials had in common is kept once.

Names are hashes, rules are shared, and of a run of equal answers stands where it began and how long it is; an index that
no question uses is not kept.
"""

from __future__ import annotations

import sqlite3

from credwatch.ledger.names import word

SECOND = """
create table policy (                  -- what the rules said, in full; many credentials share one
    id integer primary key,
    said text not null unique          -- JSON: which line set each value; other owners
) strict;
insert into policy (said) select distinct policy from credential where policy is not null;
alter table credential rename column policy to said;
alter table credential add column policy integer references policy (id);
update credential set policy = (select id from policy p where p.said = credential.said);
alter table credential drop column said;
alter table credential add column standing integer; -- as it was counted when it was judged
alter table credential add column shape integer;    -- what it is for the join; null: to be looked at by itself
alter table copy add column standing integer;
alter table clock add column said_at integer;       -- when its rung was said
update credential set touched = 1;
drop index credential_judge_at;        -- only ever read beside the credentials that were touched
drop index credential_deadline;
drop index copy_provider;              -- a place begins with its provider and its locator

create table known (                   -- every name that a credential is known by
    name text primary key,             -- a hash of its kind, how, and value
    credential_id text not null references credential (id)
) strict, without rowid;
insert into known select name_of(kind, how, value), credential_id from alias;
drop table alias;
alter table known rename to alias;
create index alias_credential on alias (credential_id);

create table answer (                  -- runs of equal answers that are over; the one that lasts is in `tried`
    credential_id text not null,
    fingerprint text not null,
    at integer not null,               -- the first of them
    until integer not null,            -- the last
    times integer not null,
    validity text not null,
    reason text not null,
    detail text not null,              -- the vendor's words in the last of them
    primary key (credential_id, fingerprint, at)
) strict, without rowid;
alter table tried add column began integer;                    -- when this validity and reason were first answered
alter table tried add column times integer not null default 1; -- and how often since
create temp table run as
    select credential_id, fingerprint, run, min(at) as at, max(at) as until, count(*) as times, validity, reason, detail
    from (
        select *, sum(begins) over (partition by credential_id, fingerprint order by at, id) as run from (
            select *, validity || ' ' || reason is not lag(validity || ' ' || reason)
                over (partition by credential_id, fingerprint order by at, id) as begins from probe))
    group by credential_id, fingerprint, run;
update tried set began = r.at, times = r.times from temp.run r
    where r.credential_id = tried.credential_id and r.fingerprint = tried.fingerprint
    and r.until = tried.at and r.validity = tried.validity and r.reason = tried.reason;
insert or ignore into answer
    select r.credential_id, r.fingerprint, r.at, r.until, r.times, r.validity, r.reason, r.detail from temp.run r
    join credential c on c.id = r.credential_id where not exists (
        select 1 from tried t where t.credential_id = r.credential_id and t.fingerprint = r.fingerprint
        and r.until = t.at and r.validity = t.validity and r.reason = t.reason);
drop table temp.run;

create table sweep_answer (            -- what a sweep was answered, counted as it came
    sweep_id integer not null references sweep (id),
    vendor text not null,
    validity text not null,
    reason text not null,
    times integer not null,
    latency_us integer not null,       -- the slowest of them
    primary key (sweep_id, vendor, validity, reason)
) strict, without rowid;
insert into sweep_answer
    select p.sweep_id, c.vendor, p.validity, p.reason, count(*), max(p.latency_us) from probe p join credential c on c.id = p.credential_id
    join sweep s on s.id = p.sweep_id where s.settled_at is null group by 1, 2, 3, 4;
drop table probe;
create view probe as                   -- every run of equal answers
    select credential_id, fingerprint, at, until, times, validity, reason, detail from answer
    union all select credential_id, fingerprint, coalesce(began, at), at, times, validity, reason, detail from tried;

alter table message add column says text; -- of an incident's first message: the fingerprint of the words that it shows
update message set says = m.value from meta m where m.key = 'says:' || message.id;
delete from meta where key glob 'says:*';
"""


def prepare(db: sqlite3.Connection) -> None:
    """The words that the second schema's own statements use."""
    db.create_function("name_of", 3, word, deterministic=True)
