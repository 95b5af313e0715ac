-- Staff who act in a customer's place: the audit log names them beside the person, and pages of customers see with each
-- request whether they are staff still.

-- Both or neither. The address is kept as it was: staff are no members of the organization that reads it.
ALTER TABLE audit_events
    ADD COLUMN impersonator_id    uuid,
    ADD COLUMN impersonator_email text,
    ADD CHECK ((impersonator_id IS NULL) = (impersonator_email IS NULL));

-- The epoch of somebody's sessions if they are staff, and nothing otherwise: the application's role sees neither staff
-- nor their accounts, and learns no more than this of a person whose id it has.
CREATE FUNCTION staff_session_epoch(person uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN (SELECT u.session_epoch FROM staff s JOIN users u ON u.id = s.user_id
            WHERE s.user_id = person AND u.deleted_at IS NULL);
REVOKE EXECUTE ON FUNCTION staff_session_epoch(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION staff_session_epoch(uuid) TO velox_app;
