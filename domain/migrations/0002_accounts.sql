-- Accounts: verified addresses, second factors, passkeys, deletion; and who ever belonged to an organization,
-- so that a person can leave one whose rows refer to them.

-- The owner is under the policies as well, and has rows of all tenants to write here.
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE memberships NO FORCE ROW LEVEL SECURITY;
ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE imports NO FORCE ROW LEVEL SECURITY;

ALTER TABLE users
    -- When the person showed that mail to the address reaches them; unset: they cannot sign in yet.
    ADD COLUMN email_verified_at timestamptz,
    -- When the account ended: the row stays for those who refer to it, without name and address.
    ADD COLUMN deleted_at timestamptz;
-- Whoever signed up before addresses were confirmed goes on as before.
UPDATE users SET email_verified_at = created_at;

-- Everybody who belongs to an organization or did once.
CREATE TABLE organization_people (
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL REFERENCES users,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_people_user_id_idx ON organization_people (user_id);
INSERT INTO organization_people SELECT organization_id, user_id FROM memberships;

ALTER TABLE api_keys DROP CONSTRAINT api_keys_organization_id_created_by_fkey;
ALTER TABLE imports DROP CONSTRAINT imports_organization_id_created_by_fkey;
ALTER TABLE api_keys ADD FOREIGN KEY (organization_id, created_by)
    REFERENCES organization_people (organization_id, user_id);
ALTER TABLE imports ADD FOREIGN KEY (organization_id, created_by)
    REFERENCES organization_people (organization_id, user_id);
ALTER TABLE memberships ADD FOREIGN KEY (organization_id, user_id)
    REFERENCES organization_people (organization_id, user_id);

ALTER TABLE users FORCE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE imports FORCE ROW LEVEL SECURITY;

-- Time-based one-time passwords (RFC 6238): one secret per person.
CREATE TABLE totp (
    user_id      uuid PRIMARY KEY REFERENCES users,
    -- Sealed under a key of the configuration, whose id it names.
    secret       bytea NOT NULL,
    -- The time step of the last code that was taken: no code is taken twice.
    last_step    bigint NOT NULL DEFAULT 0,
    confirmed_at timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
    user_id    uuid NOT NULL REFERENCES users,
    code_hash  bytea NOT NULL CHECK (length(code_hash) = 32),
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (user_id, code_hash)
);

-- Discoverable WebAuthn credentials.
CREATE TABLE passkeys (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users,
    credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 16 AND 1023),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- What never changes (the public key) and what each use does (the counter), as the library writes them.
    static_state  bytea NOT NULL,
    dynamic_state bytea NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);
CREATE INDEX passkeys_user_id_idx ON passkeys (user_id, created_at);

-- Jobs that a change of one person's account makes necessary.
ALTER TABLE outbox
    ADD COLUMN user_id uuid REFERENCES users,
    ADD CHECK (organization_id IS NULL OR user_id IS NULL);

-- Runs of jobs that belong to no organization are seen by whoever knows their key.
CREATE FUNCTION current_job_key() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('velox.job_key', true), '');
CREATE POLICY of_nobody ON job_runs TO velox_app
    USING (organization_id IS NULL AND key = current_job_key())
    WITH CHECK (organization_id IS NULL AND key = current_job_key());

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['organization_people', 'totp', 'recovery_codes', 'passkeys'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['totp', 'recovery_codes', 'passkeys'] LOOP
        EXECUTE format('CREATE POLICY self ON %I TO velox_app USING (user_id = current_user_id())'
                       ' WITH CHECK (user_id = current_user_id())', t);
    END LOOP;
END $$;

CREATE POLICY tenant ON organization_people TO velox_app
    USING (organization_id = current_organization())
    WITH CHECK (organization_id = current_organization());
CREATE POLICY across_tenants ON organization_people TO velox_operator USING (true) WITH CHECK (true);
CREATE POLICY person ON outbox TO velox_app
    USING (organization_id IS NULL AND user_id = current_user_id())
    WITH CHECK (organization_id IS NULL AND user_id = current_user_id());
CREATE POLICY self_change ON users FOR UPDATE TO velox_app
    USING (id = current_user_id())
    WITH CHECK (id = current_user_id());
-- Those who left are colleagues still where their name stands: "made by".
DROP POLICY colleagues ON users;
CREATE POLICY colleagues ON users FOR SELECT TO velox_app
    USING (id IN (SELECT user_id FROM organization_people WHERE organization_id = current_organization()));

GRANT SELECT, INSERT ON organization_people TO velox_app;
GRANT SELECT ON organization_people TO velox_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON totp, recovery_codes, passkeys TO velox_app;
GRANT UPDATE (name, email, password_hash, email_verified_at, deleted_at) ON users TO velox_app;
