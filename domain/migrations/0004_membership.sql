-- Invitations, changes of membership, and the end of an organization.

CREATE TABLE invitations (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    -- Only whoever reads mail to this address may accept.
    email           text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    role            text NOT NULL CHECK (role IN ('owner', 'admin', 'accountant', 'member', 'viewer')),
    invited_by      uuid NOT NULL,
    -- Counts the letters: a job that comes late finds that a newer one was asked for.
    mailing         integer NOT NULL DEFAULT 1,
    -- SHA-256 of the latest letter's token; unset until that letter is written.
    token_hash      bytea UNIQUE CHECK (length(token_hash) = 32),
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    accepted_at     timestamptz,
    accepted_by     uuid,
    revoked_at      timestamptz,
    UNIQUE (organization_id, id),
    CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    FOREIGN KEY (organization_id, invited_by) REFERENCES organization_people (organization_id, user_id),
    FOREIGN KEY (organization_id, accepted_by) REFERENCES organization_people (organization_id, user_id)
);
CREATE UNIQUE INDEX invitations_open_key ON invitations (organization_id, lower(email))
    WHERE accepted_at IS NULL AND revoked_at IS NULL;

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON invitations TO velox_app
    USING (organization_id = current_organization())
    WITH CHECK (organization_id = current_organization());

GRANT SELECT, INSERT ON invitations TO velox_app;
GRANT UPDATE (mailing, token_hash, expires_at, accepted_at, accepted_by, revoked_at) ON invitations TO velox_app;
GRANT UPDATE (role), DELETE ON memberships TO velox_app;

-- An organization that its owner deletes is closed at once; it is deleted when its export is made, and purged 30 days
-- after that. Until then all three are unset again by an owner who changes their mind.
ALTER TABLE organizations
    ADD COLUMN deletion_requested_at timestamptz,
    ADD COLUMN deleted_at            timestamptz,
    ADD COLUMN export_key            text,
    ADD CHECK (deleted_at IS NULL OR (deletion_requested_at IS NOT NULL AND export_key IS NOT NULL));
CREATE INDEX organizations_deleted_at_idx ON organizations (deleted_at) WHERE deleted_at IS NOT NULL;
GRANT UPDATE (deletion_requested_at, deleted_at, export_key) ON organizations TO velox_app;

-- The only way in which an organization's rows end. It runs as the schema's owner, so that no role of the application
-- may delete from the audit log; and only what has been deleted for 30 days.
CREATE FUNCTION purge_organization(purged uuid, as_of timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE t text;
BEGIN
    PERFORM FROM organizations
    WHERE id = purged AND deleted_at <= as_of - interval '30 days' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Whoever refers comes before what is referred to. A test finds every table that is missing here.
    FOREACH t IN ARRAY ARRAY['import_errors', 'customers', 'imports', 'api_keys', 'invitations', 'memberships',
                             'company_details', 'onboarding_skips', 'outbox', 'job_runs', 'audit_events',
                             'organization_people'] LOOP
        EXECUTE format('DELETE FROM %I WHERE organization_id = $1', t) USING purged;
    END LOOP;
    DELETE FROM organizations WHERE id = purged;
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION purge_organization(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_organization(uuid, timestamptz) TO velox_operator;

-- The owner is under the policies as well.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['import_errors', 'customers', 'imports', 'api_keys', 'invitations', 'memberships',
                             'company_details', 'onboarding_skips', 'outbox', 'job_runs', 'audit_events',
                             'organization_people', 'organizations'] LOOP
        EXECUTE format('CREATE POLICY purge_select ON %I FOR SELECT TO CURRENT_USER USING (true)', t);
        EXECUTE format('CREATE POLICY purge_delete ON %I FOR DELETE TO CURRENT_USER USING (true)', t);
    END LOOP;
    -- FOR UPDATE asks the policies for updates.
    CREATE POLICY purge_lock ON organizations FOR UPDATE TO CURRENT_USER USING (true) WITH CHECK (false);
END $$;
