/* SPDX-License-Identifier: Apache-2.0 */
/* Adds devices that have not joined yet. Judges what a row means here; roster.c has judged its words. */
#include "server-stub/fleet/fleet_expect.h"

#include "server-stub/fleet/fleet_enroll.h"
#include "server-stub/fleet/label.h"
#include "server-stub/store/store_factory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum err refuse(struct fleet_expect_result *out, enum err err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum err refuse(struct fleet_expect_result *out, enum err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(out->why, sizeof(out->why), format, args);
	va_end(args);
	return err;
}

/* -- the row -- */

static enum err check_name(struct store *s, const struct fleet_expect_request *r, struct fleet_expect_result *out)
{
	struct registry_device other;
	const char *name = out->device.name;
	enum err err = registry_device_find(s, name, &other);
	unsigned line;

	if (err != ERR_OK && err != ERR_EXISTS)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	line = roster_namesake(r->text, r->row->values[ROSTER_NAME], r->row->line);
	if (line > 0)
		return refuse(out, ERR_EXISTS, "line %u has the name %s already", line, name);
	return refuse(out, ERR_EXISTS, "another device is found by %s already", name);
}

static enum err make_device(const struct fleet_expect_request *r, struct registry_device *d)
{
	struct str group = r->row->values[ROSTER_GROUP], labels = r->row->values[ROSTER_LABELS];
	struct buf b = buf_over(d->labels, sizeof(d->labels) - 1);
	enum err err;

	if (fleet_enroll_id(d->id) != ERR_OK)
		return ERR_CRYPTO;
	d->state = DEVICE_EXPECTED;
	d->created_us = r->wall_us;
	err = str_copy(r->row->values[ROSTER_NAME], d->name, sizeof(d->name));
	if (err == ERR_OK)
		err = str_copy(str_empty(group) ? STR("default") : group, d->group, sizeof(d->group));
	while (err == ERR_OK && labels.len) {
		struct str label = str_cut(&labels, ' ');

		if (!str_empty(label))
			err = label_add(&b, label);
	}
	d->labels[b.len] = '\0';
	return err;
}

/* -- the token -- */

static enum err check_token(const struct fleet_expect_request *r, struct fleet_expect_result *out)
{
	static const uint8_t none[STORE_ID];
	const struct registry_token *t = &out->token;

	if (t->revoked)
		return refuse(out, ERR_INVALID, "its join token was revoked");
	if (t->expires_us <= r->wall_us)
		return refuse(out, ERR_INVALID, "its join token has expired");
	if (memcmp(t->device, none, STORE_ID) != 0)
		return refuse(out, ERR_INVALID, "its join token is for another device already");
	if (t->uses_max != 1 || t->uses != 0)
		return refuse(out, ERR_INVALID, "its join token is %s", t->uses ? "used" : "for more than one device");
	return ERR_OK;
}

static enum err bind_token(const struct fleet *f, struct store *s, const struct fleet_expect_request *r,
			   struct fleet_expect_result *out)
{
	struct registry_token *t = &out->token;
	char text[TOKEN_TEXT_MAX];
	enum err err = str_copy(r->row->values[ROSTER_TOKEN], text, sizeof(text));

	if (err == ERR_OK)
		err = fleet_token_find(f, s, text, t);
	key_wipe(text, sizeof(text));
	if (err == ERR_NOT_FOUND || err == ERR_TOO_LONG || err == ERR_INVALID)
		return refuse(out, ERR_INVALID, "its join token is not known here");
	if (err == ERR_OK)
		err = check_token(r, out);
	if (err != ERR_OK)
		return err;
	memcpy(t->device, out->device.id, STORE_ID);
	memcpy(t->group, out->device.group, sizeof(t->group));
	t->approve = false;
	return registry_token_put(s, t);
}

static enum err make_token(const struct fleet *f, struct store *s, const struct fleet_expect_request *r,
			   struct fleet_expect_result *out)
{
	struct fleet_token_request ask = r->token;

	ask.group = out->device.group;
	ask.device = out->device.id;
	ask.uses = 1;
	ask.approve = false;
	return fleet_token(f, s, &ask, r->wall_us, out->text, sizeof(out->text), &out->token);
}

/* -- the serial number -- */

struct only {
	unsigned count;
	char name[STORE_NAME_MAX];
};

static bool count_factory(void *arg, const struct store_factory *f)
{
	struct only *o = arg;

	if (!f->is_removed && o->count++ == 0)
		memcpy(o->name, f->name, sizeof(o->name));
	return true;
}

static enum err find_factory(struct store *s, struct str named, char name[STORE_NAME_MAX],
			     struct fleet_expect_result *out)
{
	struct store_factory f;
	struct only only = {.count = 0};
	enum err err = str_copy(named, name, STORE_NAME_MAX);

	if (err == ERR_OK && str_empty(named)) {
		err = store_factory_list(s, count_factory, &only);
		if (err == ERR_OK && only.count != 1)
			return refuse(out, ERR_INVALID,
				      only.count ? "it names no factory, and there are several here"
						 : "no factory is named here; caltrop factory add "
						   "names one");
		memcpy(name, only.name, sizeof(only.name));
	}
	if (err == ERR_OK)
		err = store_factory_get(s, name, &f);
	return err == ERR_NOT_FOUND ? refuse(out, ERR_INVALID, "no factory has the name %s here", name) : err;
}

/* A device that was deleted needs its number no more. */
static enum err check_origin(struct store *s, const struct store_origin *o, struct fleet_expect_result *out)
{
	struct store_origin other;
	struct registry_device d;
	enum err err = store_origin_get(s, o->factory, o->serial, &other);

	if (err == ERR_OK)
		err = registry_device_get(s, other.device, &d);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && d.is_deleted))
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	return refuse(out, ERR_EXISTS, "the device %s has the serial number %s already", d.name, o->serial);
}

static enum err bind_serial(struct store *s, const struct fleet_expect_request *r, struct fleet_expect_result *out)
{
	struct store_origin o;
	enum err err = find_factory(s, r->row->values[ROSTER_FACTORY], o.factory, out);

	memcpy(o.device, out->device.id, sizeof(o.device));
	if (err == ERR_OK)
		err = str_copy(r->row->values[ROSTER_SERIAL], o.serial, sizeof(o.serial));
	if (err == ERR_OK)
		err = check_origin(s, &o, out);
	return err == ERR_OK ? store_origin_put(s, &o) : err;
}

enum err fleet_expect(const struct fleet *f, struct store *s, const struct fleet_expect_request *r,
		      struct fleet_expect_result *out)
{
	bool has_token = !str_empty(r->row->values[ROSTER_TOKEN]),
	     has_serial = !str_empty(r->row->values[ROSTER_SERIAL]);
	enum err err;

	memset(out, 0, sizeof(*out));
	err = make_device(r, &out->device);
	if (err == ERR_OK)
		err = check_name(s, r, out);
	if (err == ERR_OK)
		err = registry_device_put(s, &out->device);
	if (err == ERR_OK && has_serial)
		err = bind_serial(s, r, out);
	if (err != ERR_OK)
		return err;
	if (has_token)
		return bind_token(f, s, r, out);
	return has_serial ? ERR_OK : make_token(f, s, r, out);
}
