"""The third schema: rotations, their places, and the journal of every effect. No column can hold a value."""

ACTIVE = "state not in ('done', 'aborted', 'rolled_back', 'rejected')"
"""Of a rotation that has not ended, as its index says it."""

BEGINS = "iif(json_extract(p.said, '$.rotate_at') * 3 <= k.life * 2, json_extract(p.said, '$.rotate_at'), k.life / 3)"
"""How long before its date a rule begins to replace what has the policy `p` and the clock `k`: as `assess.clocks.ahead`."""

FAILED = "phase in ('failed', 'unknown') or step = 'move' and detail glob 'needs_operator*'"
"""Of a row of the journal that says that something failed."""

THIRD = f"""
alter table credential add column traits text; -- JSON: what a successor is made like, beside its scopes
alter table outbox add column said text;        -- of a rotation: JSON, its words and lines
create index message_parent on message (parent_id) where parent_id is not null;

create table rotation (
    id text primary key,               -- a ULID
    credential text not null,          -- the one that is replaced
    vendor text not null,              -- of the credential; its kind where nobody knows
    kind text not null,
    minter text not null,              -- the connection; empty: a person
    old text not null,                 -- JSON: facts of the old key, and of the new one
    old_key_id text as (json_extract(old, '$.key_id')),
    old_fp text not null,
    account text as (json_extract(old, '$.account')),
    new text not null,
    new_key_id text as (json_extract(new, '$.key_id')),
    new_fp text not null,
    state text not null,
    attempt integer not null,
    creates integer not null,
    bounces integer not null,
    snapshot text not null,            -- JSON: the ids of the keys that there were before
    consumers text not null,
    told text not null,
    revoke text not null,              -- ask | proved | grace
    lifetime integer,
    grace integer not null,
    soak integer not null,
    replaces_dead integer not null,
    automatic integer not null,
    compromised integer not null,
    prepared_at integer,
    intent_at integer,
    created_at integer,                -- when the new key was made
    promoted_at integer,
    grace_until integer,
    disabled_at integer,
    soak_until integer,
    next_try_at integer,
    tries integer not null,
    paused integer not null,
    confirmed_by text not null,
    wish text,
    trouble text,
    resumes text,
    reason text not null,
    requested_by text not null,
    begun_at integer not null,
    updated_at integer not null        -- later at every move: whoever read an older one may not write
) strict;
create unique index rotation_active on rotation (credential)
    where {ACTIVE};
create index rotation_begun on rotation (begun_at);

create table rotation_place (
    rotation_id text not null references rotation (id),
    place text not null,
    number integer not null,           -- in this order they are written
    provider text not null,
    locator text not null,
    fields text not null,              -- JSON: role to leaf
    base_version text not null,
    base_fp text not null,
    pending_version text not null,
    promoted_version text not null,
    state text not null,
    mirror integer not null,
    primary key (rotation_id, place)
) strict, without rowid;

create table journal (
    seq integer primary key,
    rotation_id text not null references rotation (id),
    attempt integer not null,
    step text not null,
    place text not null,
    phase text not null,               -- intent | done | failed | unknown
    idem_key text not null,
    n integer not null,                -- 0: the intent; from 1: its outcomes
    at integer not null,
    detail text not null,
    prev_hash text not null,
    hash text not null,
    unique (idem_key, phase, n)
) strict;
create index journal_rotation on journal (rotation_id, step, place);
"""
