-- The company behind an organization, the steps of its set-up that were skipped, and the order in which the audit
-- log is read.

CREATE TABLE company_details (
    organization_id uuid PRIMARY KEY REFERENCES organizations,
    address_line1   text NOT NULL CHECK (length(address_line1) BETWEEN 1 AND 200),
    postal_code     text NOT NULL CHECK (length(postal_code) BETWEEN 1 AND 20),
    city            text NOT NULL CHECK (length(city) BETWEEN 1 AND 200),
    country         text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    vat_number      text CHECK (vat_number ~ '^[A-Z0-9]{4,20}$'),
    -- ISO 13616, electronic form.
    iban            text CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}$'),
    updated_at      timestamptz NOT NULL
);

CREATE TABLE onboarding_skips (
    organization_id uuid NOT NULL REFERENCES organizations,
    task            text NOT NULL CHECK (task IN ('company', 'customers', 'invoice')),
    skipped_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, task)
);

-- Ids sort by time: the log is read from its end.
CREATE INDEX audit_events_newest_idx ON audit_events (organization_id, id DESC);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['company_details', 'onboarding_skips'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant ON %I TO velox_app USING (organization_id = current_organization())'
                       ' WITH CHECK (organization_id = current_organization())', t);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON company_details TO velox_app;
GRANT SELECT, INSERT, DELETE ON onboarding_skips TO velox_app;
