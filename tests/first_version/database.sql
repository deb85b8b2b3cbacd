BEGIN;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE delivery_counts (
	destination VARCHAR(16) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_delivery_counts PRIMARY KEY (destination, state)
);
CREATE TABLE destinations (
	name VARCHAR(16) NOT NULL, 
	paused BOOLEAN NOT NULL, 
	trouble VARCHAR(12), 
	trouble_code VARCHAR(64), 
	trouble_detail TEXT, 
	until_ms BIGINT, 
	CONSTRAINT pk_destinations PRIMARY KEY (name)
);
CREATE TABLE facts (
	name VARCHAR(64) NOT NULL, 
	value JSON NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (name)
);
CREATE TABLE months (
	month VARCHAR(7) NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_months PRIMARY KEY (month)
);
CREATE TABLE photo_counts (
	state VARCHAR(12) NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_photo_counts PRIMARY KEY (state)
);
CREATE TABLE photos (
	number INTEGER NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	sort_key BIGINT NOT NULL, 
	month VARCHAR(7) NOT NULL, 
	file_name TEXT NOT NULL, 
	media_type VARCHAR(64) NOT NULL, 
	ending VARCHAR(16) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha1 VARCHAR(40), 
	width INTEGER, 
	height INTEGER, 
	orientation INTEGER, 
	duration_s FLOAT, 
	camera TEXT, 
	lens TEXT, 
	exposure_s FLOAT, 
	aperture FLOAT, 
	iso INTEGER, 
	focal_length_mm FLOAT, 
	rating INTEGER, 
	live_photo_id VARCHAR(64), 
	found JSON, 
	placeholder BLOB, 
	preview VARCHAR(8), 
	preview_problem TEXT, 
	taken_at_ms BIGINT NOT NULL, 
	taken_local VARCHAR(19) NOT NULL, 
	taken_offset_min INTEGER, 
	taken_source VARCHAR(16) NOT NULL, 
	latitude FLOAT, 
	longitude FLOAT, 
	description TEXT, 
	said JSON NOT NULL, 
	added_at_ms BIGINT NOT NULL, 
	modified_at_ms BIGINT, 
	pair_key VARCHAR(300), 
	skip JSON NOT NULL, 
	spooled BOOLEAN NOT NULL, 
	processed BOOLEAN NOT NULL, 
	archived BOOLEAN NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	sidecar_wanted INTEGER NOT NULL, 
	deleted_at_ms BIGINT, 
	purged BOOLEAN NOT NULL, 
	CONSTRAINT pk_photos PRIMARY KEY (number), 
	CONSTRAINT uq_photos_id UNIQUE (id)
);
CREATE TABLE tags (
	number INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	folded VARCHAR(300) NOT NULL, 
	CONSTRAINT pk_tags PRIMARY KEY (number), 
	CONSTRAINT uq_tags_folded UNIQUE (folded)
);
CREATE TABLE deliveries (
	photo INTEGER NOT NULL, 
	destination VARCHAR(16) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	reason VARCHAR(16), 
	remote_id TEXT, 
	remote_url TEXT, 
	size BIGINT, 
	proof VARCHAR(12), 
	derivative BOOLEAN NOT NULL, 
	delivered_at_ms BIGINT, 
	checked_at_ms BIGINT, 
	attempts INTEGER NOT NULL, 
	next_attempt_at_ms BIGINT, 
	error_code VARCHAR(64), 
	error_detail TEXT, 
	notes JSON NOT NULL, 
	run INTEGER NOT NULL, 
	sidecar_stored INTEGER NOT NULL, 
	CONSTRAINT pk_deliveries PRIMARY KEY (photo, destination), 
	CONSTRAINT fk_deliveries_photo FOREIGN KEY(photo) REFERENCES photos (number)
)
 WITHOUT ROWID

;
CREATE TABLE photo_tags (
	tag INTEGER NOT NULL, 
	sort_key BIGINT NOT NULL, 
	photo INTEGER NOT NULL, 
	CONSTRAINT pk_photo_tags PRIMARY KEY (tag, sort_key), 
	CONSTRAINT fk_photo_tags_photo FOREIGN KEY(photo) REFERENCES photos (number), 
	CONSTRAINT fk_photo_tags_tag FOREIGN KEY(tag) REFERENCES tags (number)
)
 WITHOUT ROWID

;
CREATE VIRTUAL TABLE photo_text USING fts5(words, tokenize='ascii', detail='none', columnsize=0, prefix='1 2 3 4 5 6');
CREATE TABLE accounts (
	destination VARCHAR(16) NOT NULL, 
	account TEXT, 
	secrets JSON NOT NULL, 
	connected_at_ms BIGINT NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (destination)
);
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "alembic_version" ("version_num") VALUES ('0002');
INSERT INTO "delivery_counts" ("destination", "state", "count") VALUES ('folder', 'queued', 1);
INSERT INTO "delivery_counts" ("destination", "state", "count") VALUES ('flickr', 'skipped', 3);
INSERT INTO "delivery_counts" ("destination", "state", "count") VALUES ('gphotos', 'skipped', 4);
INSERT INTO "delivery_counts" ("destination", "state", "count") VALUES ('folder', 'sending', 0);
INSERT INTO "delivery_counts" ("destination", "state", "count") VALUES ('folder', 'delivered', 3);
INSERT INTO "delivery_counts" ("destination", "state", "count") VALUES ('flickr', 'delivered', 1);
INSERT INTO "destinations" ("name", "paused", "trouble", "trouble_code", "trouble_detail", "until_ms") VALUES ('flickr', 0, NULL, NULL, NULL, NULL);
INSERT INTO "destinations" ("name", "paused", "trouble", "trouble_code", "trouble_detail", "until_ms") VALUES ('gphotos', 0, NULL, NULL, NULL, NULL);
INSERT INTO "facts" ("name", "value") VALUES ('library_id', '"6e8fe328-c3b1-45cb-9c5a-2e69e1601d68"');
INSERT INTO "months" ("month", "count") VALUES ('2014-03', 1);
INSERT INTO "months" ("month", "count") VALUES ('2026-11', 2);
INSERT INTO "photo_counts" ("state", "count") VALUES ('processing', 1);
INSERT INTO "photo_counts" ("state", "count") VALUES ('safe', 2);
INSERT INTO "photo_counts" ("state", "count") VALUES ('deleted', 1);
INSERT INTO "photos" ("number", "id", "sort_key", "month", "file_name", "media_type", "ending", "kind", "size_bytes", "sha1", "width", "height", "orientation", "duration_s", "camera", "lens", "exposure_s", "aperture", "iso", "focal_length_mm", "rating", "live_photo_id", "found", "placeholder", "preview", "preview_problem", "taken_at_ms", "taken_local", "taken_offset_min", "taken_source", "latitude", "longitude", "description", "said", "added_at_ms", "modified_at_ms", "pair_key", "skip", "spooled", "processed", "archived", "state", "sidecar_wanted", "deleted_at_ms", "purged") VALUES (1, '341d8108d3f584575a6220bcaf44bdcb77a8ca652bc52e3ef807e387079a953d', 374751243299454977, '2014-03', 'DSC00647.JPG', 'image/jpeg', 'jpg', 'photo', 1462, '81a1342d82535371c150ee417e5818917a0b83c4', 64, 48, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"taken_local": null, "taken_offset_min": null, "location": null, "description": null}', X'6007062D8A0EF4D67C6A3EDC6528A4763F46AB7FCD', 'ready', NULL, 1396057171000, '2014-03-28T18:39:31', -420, 'sender', 36.1147, -115.1728, 'The Strip', '{"taken_at": "2014-03-28T18:39:31-07:00", "location": [36.1147, -115.1728], "description": "The Strip", "override": false, "edited": []}', 1795560605152, NULL, NULL, '[]', 0, 1, 1, 'safe', 3, NULL, 0);
INSERT INTO "photos" ("number", "id", "sort_key", "month", "file_name", "media_type", "ending", "kind", "size_bytes", "sha1", "width", "height", "orientation", "duration_s", "camera", "lens", "exposure_s", "aperture", "iso", "focal_length_mm", "rating", "live_photo_id", "found", "placeholder", "preview", "preview_problem", "taken_at_ms", "taken_local", "taken_offset_min", "taken_source", "latitude", "longitude", "description", "said", "added_at_ms", "modified_at_ms", "pair_key", "skip", "spooled", "processed", "archived", "state", "sidecar_wanted", "deleted_at_ms", "purged") VALUES (2, 'f67f54400080cb4850378801fdee157e1f32bc658f4a0f6a32ee77c497813ace', 481992129778810882, '2026-11', 'Träumerei am Strand.jpg', 'image/jpeg', 'jpg', 'photo', 1414, 'ffca476107744927953813970515924928e03e17', 64, 48, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"taken_local": null, "taken_offset_min": null, "location": null, "description": null}', X'1CE805258EB68569FA63A2983579B97BF298420468', 'ready', NULL, 1795560605256, '2026-11-24T22:50:05', NULL, 'added_at', NULL, NULL, 'Mit dem Hund', '{"taken_at": null, "location": null, "description": "Mit dem Hund", "override": false, "edited": ["description"]}', 1795560605256, NULL, NULL, '["flickr"]', 0, 1, 1, 'safe', 3, NULL, 0);
INSERT INTO "photos" ("number", "id", "sort_key", "month", "file_name", "media_type", "ending", "kind", "size_bytes", "sha1", "width", "height", "orientation", "duration_s", "camera", "lens", "exposure_s", "aperture", "iso", "focal_length_mm", "rating", "live_photo_id", "found", "placeholder", "preview", "preview_problem", "taken_at_ms", "taken_local", "taken_offset_min", "taken_source", "latitude", "longitude", "description", "said", "added_at_ms", "modified_at_ms", "pair_key", "skip", "spooled", "processed", "archived", "state", "sidecar_wanted", "deleted_at_ms", "purged") VALUES (3, '7a27637d9b007ee95af637dc85ef3bc17883344f62d85b8a0f3fe4cc3fed2f6d', 481992129778810883, '2026-11', 'IMG_0003.jpg', 'image/jpeg', 'jpg', 'photo', 1376, 'b373ba0022138f4bff8302d199d99772f334592c', 64, 48, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"taken_local": null, "taken_offset_min": null, "location": null, "description": null}', X'E3D7050D86F9A575C6698769768B5D9501BCBB9507', 'ready', NULL, 1795560605320, '2026-11-24T22:50:05', NULL, 'added_at', NULL, NULL, NULL, '{"taken_at": null, "location": null, "description": null, "override": false, "edited": []}', 1795560605320, NULL, NULL, '[]', 0, 1, 1, 'deleted', 3, 1795560607903, 0);
INSERT INTO "photos" ("number", "id", "sort_key", "month", "file_name", "media_type", "ending", "kind", "size_bytes", "sha1", "width", "height", "orientation", "duration_s", "camera", "lens", "exposure_s", "aperture", "iso", "focal_length_mm", "rating", "live_photo_id", "found", "placeholder", "preview", "preview_problem", "taken_at_ms", "taken_local", "taken_offset_min", "taken_source", "latitude", "longitude", "description", "said", "added_at_ms", "modified_at_ms", "pair_key", "skip", "spooled", "processed", "archived", "state", "sidecar_wanted", "deleted_at_ms", "purged") VALUES (4, 'cd929d2c6efc4d7b457c8ce50c41fe92ca269b9a592cc59de52b6b5f497db441', 481992136489697284, '2026-11', 'IMG_0004.jpg', 'image/jpeg', 'jpg', 'photo', 1463, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795560630205, '2026-11-24T22:50:30', NULL, 'added_at', NULL, NULL, NULL, '{"taken_at": null, "location": null, "description": null, "override": false, "edited": []}', 1795560630205, NULL, NULL, '[]', 1, 0, 0, 'processing', 1, NULL, 0);
INSERT INTO "tags" ("number", "name", "folded") VALUES (1, 'holiday', 'holiday');
INSERT INTO "tags" ("number", "name", "folded") VALUES (2, 'Vegas', 'vegas');
INSERT INTO "tags" ("number", "name", "folded") VALUES (3, 'Meer', 'meer');
INSERT INTO "tags" ("number", "name", "folded") VALUES (4, 'Abend', 'abend');
INSERT INTO "tags" ("number", "name", "folded") VALUES (5, 'late', 'late');
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (1, 'flickr', 'delivered', NULL, '53412345678', 'https://www.flickr.com/photos/12345678@N00/53412345678', NULL, 'listed', 0, 1795543200000, 1795543200000, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (1, 'folder', 'delivered', NULL, 'originals/2014/03/28/DSC00647~341d8108d3f5.jpg', NULL, 1462, 'bytes', 0, 1795560607738, 1795560607738, 1, NULL, NULL, NULL, '{}', 1, 3);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (1, 'gphotos', 'skipped', 'not_connected', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (2, 'flickr', 'skipped', 'sender', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (2, 'folder', 'delivered', NULL, 'originals/2026/11/24/Träumerei am Strand~f67f54400080.jpg', NULL, 1414, 'bytes', 0, 1795560607723, 1795560607723, 1, NULL, NULL, NULL, '{}', 1, 3);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (2, 'gphotos', 'skipped', 'not_connected', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (3, 'flickr', 'skipped', 'not_connected', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (3, 'folder', 'delivered', NULL, 'originals/2026/11/24/IMG_0003~7a27637d9b00.jpg', NULL, 1376, 'bytes', 0, 1795560607728, 1795560607728, 1, NULL, NULL, NULL, '{}', 1, 3);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (3, 'gphotos', 'skipped', 'not_connected', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (4, 'flickr', 'skipped', 'not_connected', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (4, 'folder', 'queued', NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "deliveries" ("photo", "destination", "state", "reason", "remote_id", "remote_url", "size", "proof", "derivative", "delivered_at_ms", "checked_at_ms", "attempts", "next_attempt_at_ms", "error_code", "error_detail", "notes", "run", "sidecar_stored") VALUES (4, 'gphotos', 'skipped', 'not_connected', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, '{}', 1, 0);
INSERT INTO "photo_tags" ("tag", "sort_key", "photo") VALUES (1, 374751243299454977, 1);
INSERT INTO "photo_tags" ("tag", "sort_key", "photo") VALUES (2, 374751243299454977, 1);
INSERT INTO "photo_tags" ("tag", "sort_key", "photo") VALUES (3, 481992129778810882, 2);
INSERT INTO "photo_tags" ("tag", "sort_key", "photo") VALUES (4, 481992129778810882, 2);
INSERT INTO "photo_tags" ("tag", "sort_key", "photo") VALUES (5, 481992136489697284, 4);
INSERT INTO "photo_text" (rowid, words) VALUES (374751243299454977, 'dsc00647 00647 jpg the strip holiday vegas 1 2');
INSERT INTO "photo_text" (rowid, words) VALUES (481992129778810882, 'traumerei am strand jpg mit dem hund meer abend 3 4');
INSERT INTO "photo_text" (rowid, words) VALUES (481992136489697284, 'img 0004 jpg late 5');
INSERT INTO "dbos_migrations" ("version") VALUES (125);
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('plan:folder:1795560604624:0', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560604000, 1795560605000, '1', NULL, NULL, NULL, 1, 'process', NULL, NULL, NULL, 1795560605000, NULL, 1, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560605000, 'null', NULL, NULL, 0, 'mediascream', 'ae66be02-3872-436e-80cd-1389e0c3be73');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('process:1:1:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560605000, 1795560607000, '1', NULL, NULL, NULL, 1, 'process', NULL, NULL, NULL, 1795560605000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560607000, 'null', NULL, NULL, 0, 'mediascream', '693dda17-752e-464a-8084-c802516e0b7c');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('process:2:1:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560605000, 1795560607000, '1', NULL, NULL, NULL, 1, 'process', NULL, NULL, NULL, 1795560605000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560607000, 'null', NULL, NULL, 0, 'mediascream', '0a8d2a42-e929-470e-8cd1-0aab5b2639da');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('process:3:1:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560605000, 1795560607000, '1', NULL, NULL, NULL, 1, 'process', NULL, NULL, NULL, 1795560605000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560607000, 'null', NULL, NULL, 0, 'mediascream', '366cb631-c5c2-4b33-94f6-26511cba161c');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('deliver:2:folder:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560607000, 1795560607000, '1', NULL, NULL, NULL, 1, 'folder', NULL, NULL, NULL, 1795560607000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560607000, 'null', NULL, NULL, 0, 'mediascream', 'ddc843af-9953-498b-94d2-487e91441bde');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('deliver:3:folder:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560607000, 1795560607000, '1', NULL, NULL, NULL, 1, 'folder', NULL, NULL, NULL, 1795560607000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560607000, 'null', NULL, NULL, 0, 'mediascream', '08da3e02-9da4-42e2-9a4c-a2d154e7ef34');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('deliver:1:folder:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560607000, 1795560607000, '1', NULL, NULL, NULL, 1, 'folder', NULL, NULL, NULL, 1795560607000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560607000, 'null', NULL, NULL, 0, 'mediascream', '62ff833b-961b-4392-8b3a-8c30d971934f');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('sidecar:2:folder:3:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560607000, 1795560608000, '1', NULL, NULL, NULL, 1, 'folder', NULL, NULL, NULL, 1795560607000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560608000, 'null', NULL, NULL, 0, 'mediascream', '946fde2d-c128-431e-8245-da8363a6dee6');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('sidecar:3:folder:3:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560607000, 1795560608000, '1', NULL, NULL, NULL, 1, 'folder', NULL, NULL, NULL, 1795560608000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560608000, 'null', NULL, NULL, 0, 'mediascream', '23377b06-578d-479e-8a0b-63196ab2b2da');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('sidecar:1:folder:3:1', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560615000, 1795560621000, '1', NULL, NULL, NULL, 1, 'folder', NULL, NULL, NULL, 1795560620000, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560621000, 'null', NULL, NULL, 0, 'mediascream', 'f426007d-acc8-41c1-b330-259b560e3918');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('plan:folder:1795560620434:0', 'SUCCESS', 'job', NULL, NULL, NULL, NULL, NULL, NULL, 'single', 1795560620000, 1795560621000, '1', NULL, NULL, NULL, 1, 'process', NULL, NULL, NULL, 1795560621000, NULL, 1, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, 1795560621000, 'null', NULL, NULL, 0, 'mediascream', '7974d106-bd1c-4012-98b1-eb1ff9a3bd9d');
INSERT INTO "workflow_status" ("workflow_uuid", "status", "name", "authenticated_user", "assumed_role", "authenticated_roles", "request", "output", "error", "executor_id", "created_at", "updated_at", "application_version", "application_id", "class_name", "config_name", "recovery_attempts", "queue_name", "workflow_timeout_ms", "workflow_deadline_epoch_ms", "inputs", "started_at_epoch_ms", "deduplication_id", "priority", "queue_partition_key", "forked_from", "owner_xid", "parent_workflow_id", "serialization", "delay_until_epoch_ms", "was_forked_from", "rate_limited", "completed_at", "attributes", "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name", "creator_xid") VALUES ('process:4:1:1', 'ENQUEUED', 'job', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795560630000, 1795560630000, NULL, NULL, NULL, NULL, 0, 'process', NULL, NULL, NULL, NULL, NULL, 10, NULL, NULL, NULL, NULL, 'py_pickle', NULL, 0, 0, NULL, 'null', NULL, NULL, 0, 'mediascream', '15ed2583-06f1-4f76-918e-b7655539ad1d');
INSERT INTO "application_versions" ("version_id", "version_name", "version_timestamp", "created_at", "application_name") VALUES ('c2ed13b7-c124-419c-a56c-90173683dcb8', '1', 1795560604000, 1795560604000, 'mediascream');
INSERT INTO "queues" ("queue_id", "name", "concurrency", "worker_concurrency", "rate_limit_max", "rate_limit_period_sec", "priority_enabled", "partition_queue", "polling_interval_sec", "created_at", "updated_at", "application_name", "partition_concurrency", "partition_worker_concurrency", "partition_rate_limit_max", "partition_rate_limit_period_sec") VALUES ('991770C4D18C62C1DA5F20CEADC8A067', 'process', NULL, 16, NULL, NULL, 1, 0, 0.25, 1795560604000, 1795560620439, 'mediascream', NULL, NULL, NULL, NULL);
INSERT INTO "queues" ("queue_id", "name", "concurrency", "worker_concurrency", "rate_limit_max", "rate_limit_period_sec", "priority_enabled", "partition_queue", "polling_interval_sec", "created_at", "updated_at", "application_name", "partition_concurrency", "partition_worker_concurrency", "partition_rate_limit_max", "partition_rate_limit_period_sec") VALUES ('5A87ED7AB67E2346B95BC4E3B2E135C8', 'folder', NULL, 16, NULL, NULL, 1, 0, 0.25, 1795560604000, 1795560620923, 'mediascream', NULL, NULL, NULL, NULL);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('plan:folder:1795560604624:0', 'gASVagAAAAAAAAB9lCiMBGFyZ3OUKIwHcHJvY2Vzc5SMBHBsYW6UjBFtZWRpYXNjcmVhbS5waG90b5SMD0Rlc3RpbmF0aW9uTmFtZZSTlIwGZm9sZGVylIWUUpRLAIoG0IPAD6IBdJSMBmt3YXJnc5R9lHUu', 1795560604000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('process:1:1:1', 'gASVKgAAAAAAAAB9lCiMBGFyZ3OUKIwHcHJvY2Vzc5RoAksBSwF0lIwGa3dhcmdzlH2UdS4=', 1795560605000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('process:2:1:1', 'gASVKgAAAAAAAAB9lCiMBGFyZ3OUKIwHcHJvY2Vzc5RoAksCSwF0lIwGa3dhcmdzlH2UdS4=', 1795560605000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('process:3:1:1', 'gASVKgAAAAAAAAB9lCiMBGFyZ3OUKIwHcHJvY2Vzc5RoAksDSwF0lIwGa3dhcmdzlH2UdS4=', 1795560605000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('deliver:2:folder:1', 'gASVXwAAAAAAAAB9lCiMBGFyZ3OUKIwRbWVkaWFzY3JlYW0ucGhvdG+UjA9EZXN0aW5hdGlvbk5hbWWUk5SMBmZvbGRlcpSFlFKUjAdkZWxpdmVylEsCaAdLAXSUjAZrd2FyZ3OUfZR1Lg==', 1795560607000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('deliver:3:folder:1', 'gASVXwAAAAAAAAB9lCiMBGFyZ3OUKIwRbWVkaWFzY3JlYW0ucGhvdG+UjA9EZXN0aW5hdGlvbk5hbWWUk5SMBmZvbGRlcpSFlFKUjAdkZWxpdmVylEsDaAdLAXSUjAZrd2FyZ3OUfZR1Lg==', 1795560607000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('deliver:1:folder:1', 'gASVXwAAAAAAAAB9lCiMBGFyZ3OUKIwRbWVkaWFzY3JlYW0ucGhvdG+UjA9EZXN0aW5hdGlvbk5hbWWUk5SMBmZvbGRlcpSFlFKUjAdkZWxpdmVylEsBaAdLAXSUjAZrd2FyZ3OUfZR1Lg==', 1795560607000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('sidecar:2:folder:3:1', 'gASVYQAAAAAAAAB9lCiMBGFyZ3OUKIwRbWVkaWFzY3JlYW0ucGhvdG+UjA9EZXN0aW5hdGlvbk5hbWWUk5SMBmZvbGRlcpSFlFKUjAdzaWRlY2FylEsCaAdLA0sBdJSMBmt3YXJnc5R9lHUu', 1795560607000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('sidecar:3:folder:3:1', 'gASVYQAAAAAAAAB9lCiMBGFyZ3OUKIwRbWVkaWFzY3JlYW0ucGhvdG+UjA9EZXN0aW5hdGlvbk5hbWWUk5SMBmZvbGRlcpSFlFKUjAdzaWRlY2FylEsDaAdLA0sBdJSMBmt3YXJnc5R9lHUu', 1795560607000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('sidecar:1:folder:3:1', 'gASVYQAAAAAAAAB9lCiMBGFyZ3OUKIwRbWVkaWFzY3JlYW0ucGhvdG+UjA9EZXN0aW5hdGlvbk5hbWWUk5SMBmZvbGRlcpSFlFKUjAdzaWRlY2FylEsBaAdLA0sBdJSMBmt3YXJnc5R9lHUu', 1795560615000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('plan:folder:1795560620434:0', 'gASVagAAAAAAAAB9lCiMBGFyZ3OUKIwHcHJvY2Vzc5SMBHBsYW6UjBFtZWRpYXNjcmVhbS5waG90b5SMD0Rlc3RpbmF0aW9uTmFtZZSTlIwGZm9sZGVylIWUUpRLAIoGksHAD6IBdJSMBmt3YXJnc5R9lHUu', 1795560620000);
INSERT INTO "workflow_input" ("workflow_uuid", "inputs", "retention_timestamp") VALUES ('process:4:1:1', 'gASVKgAAAAAAAAB9lCiMBGFyZ3OUKIwHcHJvY2Vzc5RoAksESwF0lIwGa3dhcmdzlH2UdS4=', 1795560630000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('plan:folder:1795560604624:0', 'gAROLg==', NULL, 1795560605000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('process:2:1:1', 'gAROLg==', NULL, 1795560607000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('process:3:1:1', 'gAROLg==', NULL, 1795560607000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('process:1:1:1', 'gAROLg==', NULL, 1795560607000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('deliver:2:folder:1', 'gAROLg==', NULL, 1795560607000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('deliver:3:folder:1', 'gAROLg==', NULL, 1795560607000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('deliver:1:folder:1', 'gAROLg==', NULL, 1795560607000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('sidecar:2:folder:3:1', 'gAROLg==', NULL, 1795560608000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('sidecar:3:folder:3:1', 'gAROLg==', NULL, 1795560608000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('sidecar:1:folder:3:1', 'gAROLg==', NULL, 1795560621000);
INSERT INTO "workflow_output" ("workflow_uuid", "output", "error", "retention_timestamp") VALUES ('plan:folder:1795560620434:0', 'gAROLg==', NULL, 1795560621000);
CREATE INDEX ix_photos_live_kind_sort_key ON photos (kind, sort_key) WHERE deleted_at_ms IS NULL;
CREATE INDEX ix_photos_live_month_taken_local ON photos (month, taken_local, number) WHERE deleted_at_ms IS NULL;
CREATE INDEX ix_photos_live_photo_id ON photos (live_photo_id) WHERE live_photo_id IS NOT NULL;
CREATE INDEX ix_photos_live_sort_key ON photos (sort_key) WHERE deleted_at_ms IS NULL;
CREATE INDEX ix_photos_pair_key ON photos (pair_key) WHERE pair_key IS NOT NULL;
CREATE INDEX ix_photos_spooled ON photos (number) WHERE spooled;
CREATE INDEX ix_photos_state_sort_key ON photos (state, sort_key);
CREATE INDEX ix_photos_trash ON photos (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
CREATE INDEX ix_photos_unprocessed ON photos (number) WHERE NOT processed;
CREATE INDEX ix_deliveries_destination_photo ON deliveries (destination, photo);
CREATE INDEX ix_deliveries_destination_state_photo ON deliveries (destination, state, photo);
CREATE INDEX ix_deliveries_state_photo ON deliveries (state, photo);
CREATE INDEX ix_photo_tags_photo ON photo_tags (photo);
CREATE TRIGGER photos_counted AFTER INSERT ON photos BEGIN
        INSERT INTO months (month, count)
            SELECT NEW.month, 1 WHERE NEW.deleted_at_ms IS NULL
            ON CONFLICT (month) DO UPDATE SET count = count + 1;
        INSERT INTO photo_counts (state, count) VALUES (NEW.state, 1)
            ON CONFLICT (state) DO UPDATE SET count = count + 1;
    END;
CREATE TRIGGER photos_moved AFTER UPDATE OF month, deleted_at_ms ON photos
    WHEN OLD.month <> NEW.month OR (OLD.deleted_at_ms IS NULL) <> (NEW.deleted_at_ms IS NULL)
    BEGIN
        UPDATE months SET count = count - 1 WHERE month = OLD.month AND OLD.deleted_at_ms IS NULL;
        INSERT INTO months (month, count)
            SELECT NEW.month, 1 WHERE NEW.deleted_at_ms IS NULL
            ON CONFLICT (month) DO UPDATE SET count = count + 1;
    END;
CREATE TRIGGER photos_changed_state AFTER UPDATE OF state ON photos WHEN OLD.state <> NEW.state BEGIN
        UPDATE photo_counts SET count = count - 1 WHERE state = OLD.state;
        INSERT INTO photo_counts (state, count) VALUES (NEW.state, 1)
            ON CONFLICT (state) DO UPDATE SET count = count + 1;
    END;
CREATE TRIGGER deliveries_counted AFTER INSERT ON deliveries BEGIN
        INSERT INTO delivery_counts (destination, state, count) VALUES (NEW.destination, NEW.state, 1)
            ON CONFLICT (destination, state) DO UPDATE SET count = count + 1;
    END;
CREATE TRIGGER deliveries_changed_state AFTER UPDATE OF state ON deliveries WHEN OLD.state <> NEW.state BEGIN
        UPDATE delivery_counts SET count = count - 1 WHERE destination = OLD.destination AND state = OLD.state;
        INSERT INTO delivery_counts (destination, state, count) VALUES (NEW.destination, NEW.state, 1)
            ON CONFLICT (destination, state) DO UPDATE SET count = count + 1;
    END;
CREATE TRIGGER deliveries_dropped AFTER DELETE ON deliveries BEGIN
        UPDATE delivery_counts SET count = count - 1 WHERE destination = OLD.destination AND state = OLD.state;
    END;
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
COMMIT;
