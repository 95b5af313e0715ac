-- Sessions name the epoch in which they began. Raising it ends all of them at once, in the transaction of the change
-- that makes it necessary.

ALTER TABLE users ADD COLUMN session_epoch bigint NOT NULL DEFAULT 0;

GRANT UPDATE (session_epoch) ON users TO velox_app;
