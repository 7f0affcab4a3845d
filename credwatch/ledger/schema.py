"""The first schema. Times are integer milliseconds since 1970 UTC; JSON is text; no column can hold a secret value."""

FIRST = """
create table meta (key text primary key, value text not null) strict;

create table credential (
    id text primary key,               -- c-7k2m: stable, public, stands in metrics and messages
    kind text not null,
    kind_title text not null,          -- "Deepgram key": status and deliver load no plug-in
    vendor text not null,              -- "deepgram"
    vendor_name text not null,         -- "Deepgram"
    joins text not null,               -- id | hint | never
    probed integer not null,           -- 0: there is nobody to ask
    idle integer,
    max_age integer,
    -- facts: what was last said, and kept through an outage; rank: by 3 the vendor's list, 2 a probe, 1 the value
    account text,
    key_id text,
    name text,
    created integer,
    expires integer,                   -- the vendor's own date; 253402300799999: it has no end
    expires_source text,               -- in words, who said so
    created_rank integer not null default 0, expires_rank integer not null default 0,
    name_rank integer not null default 0, scopes_rank integer not null default 0,
    last_used integer,
    disabled integer,
    scopes text,
    hint text,
    creator text,
    personal integer,
    -- what the watch knows
    first_seen integer not null,
    last_seen integer not null,
    note text,                         -- of a [[deadlines]] line
    link text,
    -- the last judgement, with the policy that it was made under
    status text,
    status_since integer,
    reason text,
    suspect integer not null default 0,
    judged_at integer,
    judge_at integer,
    touched integer not null default 1,
    touched_by integer not null default 0, -- the newest sweep that touched it: an older one's close leaves it alone
    owner text,
    environment text,
    impact text,
    runbook text,
    rotate text,
    ignored text,
    page_at integer,                   -- milliseconds before the date from which it pages; null: never
    mention_at integer,
    deadline integer,                  -- of the clock that rules
    clock text,
    policy text                        -- JSON: which line set each value; other owners
) strict;
create index credential_touched on credential (touched_by) where touched = 1;
create index credential_judge_at on credential (judge_at);
create index credential_suspect on credential (suspect) where suspect = 1;
create index credential_vendor on credential (vendor, account);
create index credential_deadline on credential (deadline);

create table alias (                   -- every name that a credential is known by
    kind text not null,
    how text not null,                 -- key (the vendor's id) | fp | shared (a fp that stands with two ids);
                                       -- of kind '': place (never read) | id (of a row joined into it)
    value text not null,
    credential_id text not null references credential (id),
    primary key (kind, how, value)
) strict, without rowid;
create index alias_credential on alias (credential_id);

create table copy (
    id integer primary key,
    credential_id text not null references credential (id),
    place text not null,               -- provider:locator#FIELD
    provider text not null,
    locator text not null,
    fingerprint text,
    version text not null,
    labels text not null,
    missing text not null,             -- JSON list of roles: half of a pair
    since integer not null,            -- when this fingerprint was first seen here
    seen_at integer not null,
    sweep_id integer not null,
    written_at integer,
    deletes_at integer,
    due_at integer,
    mirror_of text,
    managed integer not null default 0,
    ended_at integer,
    ended text                         -- replaced | gone | unwatched
) strict;
create unique index copy_held on copy (place) where ended_at is null;
create index copy_credential on copy (credential_id);
create index copy_ended on copy (place) where ended_at is not null;
create index copy_provider on copy (provider, locator) where ended_at is null;

create table listed (                  -- the vendor's own list: not a copy
    provider text not null,
    credential_id text not null references credential (id),
    place text not null,               -- provider:account/key_id
    since integer not null,
    seen_at integer not null,
    sweep_id integer not null,
    ended_at integer,
    primary key (provider, credential_id)
) strict, without rowid;
create index listed_credential on listed (credential_id);

create table probe (                   -- history, with retention
    id integer primary key,
    credential_id text not null,
    fingerprint text not null,
    sweep_id integer not null,
    at integer not null,
    validity text not null,
    reason text not null,
    detail text not null,
    latency_us integer not null
) strict;
create index probe_credential on probe (credential_id, at);
create index probe_sweep on probe (sweep_id);

create table tried (                   -- the history folded, one row per (credential, fingerprint)
    credential_id text not null references credential (id),
    fingerprint text not null,
    validity text not null,
    reason text not null,
    detail text not null,
    at integer not null,
    latency_us integer not null,
    answered_at integer,               -- the last answer that was not UNKNOWN
    valid_at integer,
    refused_since integer,
    refused_last integer,
    suspended_since integer,
    unknown_since integer,
    primary key (credential_id, fingerprint)
) strict, without rowid;

create table clock (
    credential_id text not null references credential (id),
    clock text not null,
    deadline integer not null,
    life integer not null,
    source text not null,
    generation integer not null,
    anchor integer not null,
    rung integer,
    primary key (credential_id, clock)
) strict, without rowid;

create table event (                   -- one line per change of a credential, for `history` and `show`
    id integer primary key,
    credential_id text not null,
    at integer not null,
    what text not null,                -- appeared | status | moved | replaced | gone | renewed | scopes | acked | told …
    detail text not null
) strict;
create index event_credential on event (credential_id, at);

create table provider (
    name text primary key,
    uses text not null,                -- the plug-in
    digest text not null default '',   -- of its table
    complete_digest text,              -- at the last complete listing
    introduced_at integer,             -- when a summary spoke of it
    first_complete_at integer,         -- null: never listed to the end
    complete_at integer,
    swept_at integer,                  -- when it was last looked at, however that ended
    failed_since integer,
    failures integer not null default 0,
    reason text,
    message text,
    expires integer,                   -- of our own credential there
    listed integer not null default 0, -- items and keys at the last complete listing
    latency_us integer,
    removed_at integer                 -- it left the configuration
) strict;

create table vendor (                  -- how its keys could be tried
    name text primary key,
    failed_since integer,
    failures integer not null default 0,
    reason text,
    sweep_id integer not null          -- the sweep that counted last
) strict;

create table sweep (
    id integer primary key,
    started_at integer not null,
    looked_at integer,                 -- looking ended
    closed_at integer,                 -- judged: only then its alerts may be delivered
    settled_at integer,
    providers text not null,
    rules text not null                -- digest of rules and places: a change is noticed
) strict;

create table sweep_provider (
    sweep_id integer not null references sweep (id),
    provider text not null,
    state text not null,               -- looking | complete | partial | failed
    reason text,
    message text,
    items integer not null default 0,
    credentials integer not null default 0,
    listed_before integer not null default 0,
    started_at integer not null,
    ended_at integer,
    primary key (sweep_id, provider)
) strict, without rowid;

create table unlisted (
    sweep_id integer not null,
    provider text not null,
    scope text not null,
    reason text not null,
    message text not null
) strict;
create index unlisted_sweep on unlisted (sweep_id, provider);

create table incident (
    id text primary key,               -- cw-01M7VW
    about text not null,
    subject text not null,
    step text not null,
    reason text,
    clock text,
    deadline integer,
    owner text,                        -- null: the default owner
    opened_at integer not null,
    moved_at integer not null,
    closed_at integer,
    closed_why text,                   -- well | replaced | gone | unwatched | folded
    acked_by text,
    acked_at integer,
    snoozed_until integer,
    sweep_id integer                   -- that opened it
) strict;
create unique index incident_open on incident (about, subject) where closed_at is null;
create index incident_opened on incident (opened_at);

create table message (
    id text primary key,               -- uuid4: the client_msg_id and the id in the message's metadata
    kind text not null,                -- post | reply | update
    parent_id text references message (id),
    channel text not null,             -- as configured
    channel_id text,                   -- as Slack answered
    ts text,
    state text not null,               -- queued | sending | sent | failed | dropped
    incident_id text,
    digest_owner text,
    digest_date text,
    created_at integer not null,
    sending_at integer,
    sent_at integer,
    attempts integer not null default 0,
    next_try_at integer,
    error text,
    unique (digest_owner, digest_date)
) strict;
create index message_state on message (state) where state in ('queued', 'sending');
create index message_incident on message (incident_id);

create table outbox (
    id integer primary key,
    dedupe_key text not null unique,
    sweep_id integer,                  -- delivered only when this sweep is closed
    credential_id text,
    incident_id text,
    about text not null,
    subject text not null,
    step text not null,
    level text not null,               -- digest | warning | page | resolved
    owner text,
    clock text,
    deadline integer,
    reason text,
    created_at integer not null,
    message_id text references message (id),
    state text not null default 'queued', -- queued | bound | told | absorbed | dropped
    told_at integer,
    why text                           -- why it was absorbed or dropped
) strict;
create index outbox_state on outbox (state) where state in ('queued', 'bound');
create index outbox_message on outbox (message_id);
create index outbox_credential on outbox (credential_id);

create table audit (
    seq integer primary key,
    at integer not null,
    who text not null,
    action text not null,
    subject text not null,
    detail text not null,
    prev_hash text not null,
    hash text not null
) strict;
"""
