-- Times are milliseconds since 1970 (UTC); ids of GitLab are its own numbers.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Rises with every claim of any lane and never goes back, so that a lane that was deleted and
-- born again can't hand out a fence twice. A sequence, so that claims don't wait for each other.
CREATE SEQUENCE fences;

-- The one clock of all replicas, whatever theirs say: leases, waits and schedules go by it.
CREATE FUNCTION landfall_now() RETURNS BIGINT LANGUAGE SQL VOLATILE AS
    'SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT';

CREATE TABLE comment_stop (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    reason TEXT NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE deliveries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- given: deduplicated for ever; conflict: same key, other body; content: for ten minutes.
    key_source TEXT NOT NULL CHECK (key_source IN ('given', 'conflict', 'content')),
    key_digest TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    event_name TEXT NOT NULL,
    project BIGINT,
    iid BIGINT,
    state TEXT NOT NULL,
    reason TEXT,
    received_at BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    -- Of its job, once that is gone.
    attempts BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    body BYTEA
);
CREATE UNIQUE INDEX deliveries_given
    ON deliveries (key_digest) WHERE key_source = 'given';
CREATE UNIQUE INDEX deliveries_conflict
    ON deliveries (key_digest, body_digest) WHERE key_source = 'conflict';
CREATE INDEX deliveries_content
    ON deliveries (key_digest, received_at) WHERE key_source = 'content';
CREATE INDEX deliveries_by_state ON deliveries (state, id);
CREATE INDEX deliveries_by_arrival ON deliveries (received_at);

CREATE TABLE jobs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    delivery BIGINT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX jobs_waiting ON jobs (lane, id) WHERE state = 'waiting';
CREATE INDEX jobs_dead ON jobs (lane) WHERE state = 'dead';
CREATE INDEX jobs_by_delivery ON jobs (delivery) WHERE delivery IS NOT NULL;

-- One row for each lane with waiting jobs. A parked lane is leased or holds after a failure; it
-- is due again at ready_at. Keeping "due" apart keeps the claim fast however many are parked.
CREATE TABLE lanes (
    lane TEXT PRIMARY KEY,
    -- Its oldest waiting job.
    head BIGINT NOT NULL,
    parked BIGINT NOT NULL,
    ready_at BIGINT NOT NULL,
    -- Of the present holder; 0 when free.
    fence BIGINT NOT NULL,
    -- The last job the holder took.
    claimed BIGINT NOT NULL
);
CREATE INDEX lanes_due ON lanes (head) WHERE parked = 0;
CREATE INDEX lanes_parked ON lanes (ready_at) WHERE parked = 1;

CREATE TABLE decisions (
    job BIGINT PRIMARY KEY,
    decision TEXT NOT NULL
);

CREATE TABLE issue_memory (
    project BIGINT NOT NULL,
    iid BIGINT NOT NULL,
    memory TEXT NOT NULL,
    PRIMARY KEY (project, iid)
);

CREATE TABLE answered_notes (
    project BIGINT NOT NULL,
    iid BIGINT NOT NULL,
    note BIGINT NOT NULL,
    PRIMARY KEY (project, iid, note)
);

CREATE TABLE effects (
    key TEXT PRIMARY KEY,
    project BIGINT NOT NULL,
    iid BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    note BIGINT,
    body_digest TEXT,
    changed_at BIGINT NOT NULL,
    -- When it was first known to be visible; edits don't move it.
    done_at BIGINT
);
CREATE INDEX effects_by_issue ON effects (project, iid);
