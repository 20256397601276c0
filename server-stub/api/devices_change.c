/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided about devices. A change is read, made and written in one transaction, so the gateway's own writes are
 * not lost. */
#include "server-stub/api/devices.h"

#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/tokens.h"
#include "server-stub/fleet/label.h"
#include "server-stub/store/store_factory.h"

#include <string.h>

static void note(struct call *call, const struct registry_device *d)
{
	struct buf b = buf_over(call->detail, sizeof(call->detail) - 1);

	buf_hex(&b, d->id, STORE_ID);
	buf_printf(&b, " %s", d->name);
}

/* Write d back and answer with it. */
static void change(struct call *call, struct registry_device *d)
{
	enum err err = registry_device_put(call->api->env.store, d);

	note(call, d);
	if (err)
		reply_store(call, err, "device", d->name);
	else
		devices_reply(call, d);
}

static bool begin(struct call *call, struct registry_device *d)
{
	enum err err = serve_begin(call);

	if (err)
		reply_store(call, err, "device", "");
	return !err && devices_find(call, d);
}

void devices_approve(struct call *call)
{
	struct registry_device d;

	if (!begin(call, &d))
		return;
	if (d.state == DEVICE_REVOKED) {
		reply_error(call, FAULT_REVOKED, "%s is revoked for good; enrol it again with a new token.", d.name);
		return;
	}
	if (d.state == DEVICE_EXPECTED) {
		reply_error(call, FAULT_NOT_APPROVED, "%s has not joined yet; it needs no approval when it does.",
			    d.name);
		return;
	}
	d.state = DEVICE_APPROVED;
	change(call, &d);
}

static void end_connection(struct call *call)
{
	if (call->api->env.revoke)
		call->api->env.revoke(call->api->env.context, call->id);
}

/* Its factory certificate lets it in once more, as the device that it is. */
void devices_expect(struct call *call)
{
	struct registry_device d;
	struct store_origin o;
	enum err err;

	if (!begin(call, &d))
		return;
	err = store_origin_of(call->api->env.store, d.id, &o);
	if (err == ERR_NOT_FOUND) {
		reply_error(call, FAULT_INVALID,
			    "No factory's serial number of %s is known here; a token lets it in: caltrop token create "
			    "--for %s",
			    d.name, d.name);
		return;
	}
	if (err != ERR_OK) {
		reply_store(call, err, "device", d.name);
		return;
	}
	if (d.connected) {
		reply_error(call, FAULT_IN_USE,
			    "%s is connected; if that is another one, revoke it first: caltrop "
			    "device revoke %s",
			    d.name, d.name);
		return;
	}
	d.state = DEVICE_EXPECTED;
	change(call, &d);
}

/* A token that was made for it before must not let it in again. */
void devices_revoke(struct call *call)
{
	struct registry_device d;
	enum err err;

	if (!begin(call, &d))
		return;
	err = tokens_end(call->api->env.store, d.id);
	if (err) {
		reply_store(call, err, "device", d.name);
		return;
	}
	d.state = DEVICE_REVOKED;
	memcpy(call->id, d.id, STORE_ID);
	call->committed = end_connection;
	change(call, &d);
}

/* Whether no other device is found by this name; false after an answer. */
static bool is_free(struct call *call, const struct registry_device *d, const char *name)
{
	struct registry_device other;
	enum err err = registry_device_find(call->api->env.store, name, &other);

	if (err == ERR_NOT_FOUND || (err == ERR_OK && memcmp(other.id, d->id, STORE_ID) == 0))
		return true;
	if (err == ERR_OK || err == ERR_EXISTS)
		reply_error(call, FAULT_ALREADY_USED, "Another device is found by %s already.", name);
	else
		reply_store(call, err, "device", name);
	return false;
}

void devices_rename(struct call *call)
{
	struct registry_device d;
	char name[STORE_NAME_MAX];
	json_t *body = body_read(call, "name");
	bool good = body && body_text(call, body, &(struct body_text){"name", name, sizeof(name), true}) &&
		    body_plain(call, "A device's", name);

	json_decref(body);
	if (!good || !begin(call, &d) || !is_free(call, &d, name))
		return;
	memcpy(d.name, name, sizeof(d.name));
	change(call, &d);
}

/*
 * The device's own group, which root keeps there, is the one that it joined with until it enrols again: orders for the
 * new group are refused by it until then, so its group here and there must not be taken for the same.
 */
void devices_move(struct call *call)
{
	struct registry_device d;
	char group[STORE_NAME_MAX];
	json_t *body = body_read(call, "group");
	bool good = body && body_text(call, body, &(struct body_text){"group", group, sizeof(group), true}) &&
		    body_plain(call, "A group's", group);

	json_decref(body);
	if (!good || !begin(call, &d))
		return;
	memcpy(d.group, group, sizeof(d.group));
	change(call, &d);
}

static bool add_label(struct call *call, struct buf *labels, json_t *value)
{
	struct str label = {json_string_value(value), json_string_length(value)};
	enum err err = label_add(labels, label);

	if (err == ERR_TOO_LONG)
		reply_error(call, FAULT_INVALID, "All labels of a device together are up to %d bytes.",
			    STORE_TEXT_MAX - 1);
	else if (err != ERR_OK)
		reply_error(call, FAULT_INVALID, "A label is of letters, digits and -_.:=/ only, up to %d.",
			    STORE_NAME_MAX - 1);
	return err == ERR_OK;
}

/* In place of those that it has. False after an answer. */
static bool read_labels(struct call *call, json_t *body, char labels[STORE_TEXT_MAX])
{
	struct buf b = buf_over(labels, STORE_TEXT_MAX - 1);
	json_t *list = json_object_get(body, "labels"), *value;
	size_t i;

	if (!json_is_array(list)) {
		reply_error(call, FAULT_INVALID, "'labels' is not a list; an empty one takes all labels away.");
		return false;
	}
	json_array_foreach(list, i, value)
	{
		if (!add_label(call, &b, value))
			return false;
	}
	labels[b.len] = '\0';
	return true;
}

void devices_label(struct call *call)
{
	struct registry_device d;
	char labels[STORE_TEXT_MAX];
	json_t *body = body_read(call, "labels");
	bool good = body && read_labels(call, body, labels);

	json_decref(body);
	if (!good || !begin(call, &d))
		return;
	memcpy(d.labels, labels, sizeof(d.labels));
	change(call, &d);
}

/*
 * The row stays, as that of a revoked device that nobody sees: a restored backup in which it is in use must not let it
 * in again.
 */
void devices_delete(struct call *call)
{
	struct registry_device d;
	enum err err;

	if (!begin(call, &d))
		return;
	note(call, &d);
	err = tokens_end(call->api->env.store, d.id);
	if (err) {
		reply_store(call, err, "device", d.name);
		return;
	}
	if (d.state == DEVICE_APPROVED) {
		reply_error(call, FAULT_IN_USE, "%s may still connect; revoke it first: caltrop device revoke %s",
			    d.name, d.name);
		return;
	}
	d.state = DEVICE_REVOKED;
	d.is_deleted = true;
	d.name[0] = d.labels[0] = d.address[0] = '\0';
	memset(d.csr_sha256, 0, sizeof(d.csr_sha256));
	err = registry_device_put(call->api->env.store, &d);
	if (err) {
		reply_store(call, err, "device", d.name);
		return;
	}
	memcpy(call->id, d.id, STORE_ID);
	call->committed = end_connection;
	reply_nothing(call);
}
