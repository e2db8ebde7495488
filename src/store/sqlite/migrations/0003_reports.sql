-- The newest report of each kind on each issue.
CREATE TABLE reports (
    project BIGINT NOT NULL,
    iid BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- When it is to be made again by itself.
    due_at BIGINT,
    author BIGINT,
    PRIMARY KEY (project, iid, kind)
);
CREATE INDEX reports_due ON reports (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX reports_by_time ON reports (project, kind, made_at);

-- Which issues name which source, normalised: two of them may be about one community.
CREATE TABLE sources (
    project BIGINT NOT NULL,
    source TEXT NOT NULL,
    iid BIGINT NOT NULL,
    PRIMARY KEY (project, source, iid)
);
CREATE INDEX sources_by_issue ON sources (project, iid);
