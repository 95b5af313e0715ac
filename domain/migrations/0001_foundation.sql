-- The first schema. Every table that belongs to a tenant carries organization_id, has row-level security
-- FORCED, and refers to its tenant's rows by (organization_id, id), because foreign keys do not ask policies.
--
-- Roles exist before the first migration (local runner, Terraform):
--   velox_app       one tenant at a time: what velox.organization_id names
--   velox_operator  across tenants: schedules and staff
-- Who may see what follows from three settings that live as long as a transaction.

CREATE FUNCTION current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('velox.organization_id', true), '')::uuid;
CREATE FUNCTION current_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('velox.user_id', true), '')::uuid;
-- Who knows an address may look it up: sign-in happens before anybody is known.
CREATE FUNCTION current_email() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN lower(nullif(current_setting('velox.email', true), ''));

CREATE TABLE organizations (
    id          uuid PRIMARY KEY,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- Networks in CIDR notation from which API keys work; an empty list means from everywhere.
    allowed_ips jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(allowed_ips) = 'array'),
    created_at  timestamptz NOT NULL
);

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE memberships (
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL REFERENCES users,
    role            text NOT NULL CHECK (role IN ('owner', 'admin', 'accountant', 'member', 'viewer')),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_user_id_idx ON memberships (user_id);

-- Granted by the schema's owner alone: no role of the application can make somebody staff.
CREATE TABLE staff (
    user_id    uuid PRIMARY KEY REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- The first characters, so that a person recognizes the key in a list.
    prefix          text NOT NULL,
    secret_hash     bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    created_by      uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz,
    revoked_at      timestamptz,
    FOREIGN KEY (organization_id, created_by) REFERENCES memberships (organization_id, user_id)
);
CREATE INDEX api_keys_organization_id_idx ON api_keys (organization_id, created_at DESC);

CREATE TABLE imports (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    created_by      uuid NOT NULL,
    file_name       text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    file_key        text NOT NULL,
    file_bytes      bigint NOT NULL CHECK (file_bytes >= 0),
    -- The encoding under which the file was read, when it was not UTF-8.
    read_as         text,
    status          text NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed')),
    failure         text CHECK ((failure IS NOT NULL) = (status = 'failed')),
    total_rows      integer,
    processed_rows  integer NOT NULL DEFAULT 0,
    imported_rows   integer NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    finished_at     timestamptz CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed'))),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, created_by) REFERENCES memberships (organization_id, user_id)
);
CREATE INDEX imports_organization_id_idx ON imports (organization_id, created_at DESC);
CREATE INDEX imports_unfinished_idx ON imports (updated_at) WHERE status IN ('queued', 'running');

CREATE TABLE import_errors (
    organization_id uuid NOT NULL,
    import_id       uuid NOT NULL,
    -- 1 is the first row below the header.
    row_number      integer NOT NULL,
    position        smallint NOT NULL,
    -- 1 is the header's line; a quoted line break makes a row span several lines.
    line_number     integer NOT NULL,
    field           text NOT NULL,
    message         text NOT NULL,
    PRIMARY KEY (import_id, row_number, position),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id) ON DELETE CASCADE
);

CREATE TABLE customers (
    id                 uuid PRIMARY KEY,
    organization_id    uuid NOT NULL REFERENCES organizations,
    import_id          uuid,
    name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email              text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    vat_number         text,
    address_line1      text NOT NULL DEFAULT '',
    postal_code        text NOT NULL DEFAULT '',
    city               text NOT NULL DEFAULT '',
    country            text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    currency           text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    payment_terms_days smallint NOT NULL CHECK (payment_terms_days BETWEEN 0 AND 365),
    reference          text NOT NULL DEFAULT '',
    created_at         timestamptz NOT NULL,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports (organization_id, id)
);
CREATE UNIQUE INDEX customers_email_key ON customers (organization_id, lower(email));
CREATE INDEX customers_name_idx ON customers (organization_id, lower(name), id);

CREATE TABLE outbox (
    id              uuid PRIMARY KEY,
    organization_id uuid REFERENCES organizations,
    function        text NOT NULL,
    body            jsonb NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX outbox_created_at_idx ON outbox (created_at);

-- One row per job and key, whatever the number of deliveries.
CREATE TABLE job_runs (
    job             text NOT NULL,
    key             text NOT NULL,
    organization_id uuid REFERENCES organizations,
    attempts        integer NOT NULL DEFAULT 1,
    started_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    result          jsonb,
    PRIMARY KEY (job, key)
);

CREATE TABLE audit_events (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    actor_kind      text NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'system')),
    actor_id        uuid,
    action          text NOT NULL,
    subject_kind    text NOT NULL,
    subject_id      uuid,
    address         text,
    at              timestamptz NOT NULL,
    detail          jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_events_organization_id_idx ON audit_events (organization_id, at DESC);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['organizations', 'users', 'memberships', 'staff', 'api_keys', 'imports',
                             'import_errors', 'customers', 'outbox', 'job_runs', 'audit_events'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['api_keys', 'imports', 'import_errors', 'customers', 'outbox', 'job_runs',
                             'audit_events'] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I TO velox_app USING (organization_id = current_organization())'
                       ' WITH CHECK (organization_id = current_organization())', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['organizations', 'users', 'memberships', 'staff', 'imports', 'outbox',
                             'job_runs', 'audit_events'] LOOP
        EXECUTE format('CREATE POLICY across_tenants ON %I TO velox_operator USING (true) WITH CHECK (true)', t);
    END LOOP;
END $$;

CREATE POLICY tenant ON memberships TO velox_app
    USING (organization_id = current_organization())
    WITH CHECK (organization_id = current_organization());
CREATE POLICY own ON memberships FOR SELECT TO velox_app
    USING (user_id = current_user_id());

CREATE POLICY tenant ON organizations TO velox_app
    USING (id = current_organization())
    WITH CHECK (id = current_organization());
CREATE POLICY own ON organizations FOR SELECT TO velox_app
    USING (id IN (SELECT organization_id FROM memberships WHERE user_id = current_user_id()));

-- The owner, who is under the policies as well, makes people staff.
CREATE POLICY grant_staff ON staff TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY grant_staff ON users FOR SELECT TO CURRENT_USER USING (true);

CREATE POLICY self_by_email ON users FOR SELECT TO velox_app
    USING (lower(email) = current_email());
CREATE POLICY self ON users FOR SELECT TO velox_app
    USING (id = current_user_id());
CREATE POLICY colleagues ON users FOR SELECT TO velox_app
    USING (id IN (SELECT user_id FROM memberships WHERE organization_id = current_organization()));
CREATE POLICY registration ON users FOR INSERT TO velox_app WITH CHECK (true);

GRANT SELECT, INSERT ON organizations, users, memberships, customers, import_errors, audit_events TO velox_app;
GRANT UPDATE (name, allowed_ips) ON organizations TO velox_app;
GRANT SELECT, INSERT ON api_keys TO velox_app;
GRANT UPDATE (last_used_at, revoked_at) ON api_keys TO velox_app;
GRANT SELECT, INSERT, UPDATE ON imports, job_runs TO velox_app;
GRANT SELECT, INSERT, DELETE ON outbox TO velox_app;

GRANT SELECT ON organizations, users, memberships, staff TO velox_operator;
GRANT SELECT, UPDATE ON imports TO velox_operator;
GRANT SELECT, UPDATE, DELETE ON outbox TO velox_operator;
GRANT SELECT, INSERT, UPDATE ON job_runs TO velox_operator;
GRANT INSERT ON audit_events TO velox_operator;
