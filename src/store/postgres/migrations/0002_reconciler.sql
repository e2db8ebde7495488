-- When each schedule fired last, by the lane of its job.
CREATE TABLE schedules (
    name TEXT PRIMARY KEY,
    fired_at BIGINT NOT NULL
);

-- How far each reader of GitLab has come.
CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE lost_hooks (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source TEXT NOT NULL,
    project BIGINT,
    iid BIGINT,
    found_at BIGINT NOT NULL
);
CREATE INDEX lost_hooks_by_time ON lost_hooks (found_at);
