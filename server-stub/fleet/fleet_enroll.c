/* SPDX-License-Identifier: Apache-2.0 */
/* Uses tokens to add devices and to let devices in again. Issues no certificate and writes no audit log. */
#include "server-stub/fleet/fleet_enroll.h"

#include "proto/token.h"
#include "server-stub/fleet/fleet_bundle.h"
#include "server-stub/fleet/label.h"

#include <stdio.h>
#include <string.h>

struct enroll {
	const struct fleet *fleet;
	struct store *store;
	const struct fleet_enroll_request *request;
	struct fleet_enroll_result *out;
	uint8_t csr_sha256[STORE_HASH];
};

static enum err refuse(struct enroll *e, enum err err, const char *why)
{
	e->out->why = why;
	return err;
}

static bool is_set(const uint8_t id[STORE_ID])
{
	static const uint8_t none[STORE_ID];

	return memcmp(id, none, STORE_ID) != 0;
}

/* -- the token -- */

/* The device would refuse the bundle after the token was spent. */
static enum err check_roots(struct enroll *e, const struct token *token)
{
	struct fleet_bundle now;
	uint8_t digest[32];
	enum err err = token->has_roots ? fleet_bundle_read(e->fleet->dir, &now) : ERR_OK;

	if (err != ERR_OK || !token->has_roots)
		return err;
	bundle_roots_sha256(&now.bundle, digest);
	if (now.len > 0 && key_equal(digest, token->roots_sha256, sizeof(digest)))
		return ERR_OK;
	return refuse(e, ERR_UNTRUSTED,
		      "the fleet's root keys have changed since the join token was made; make another");
}

static enum err find_token(struct enroll *e)
{
	struct token token;
	enum err err = fleet_token_find(e->fleet, e->store, e->request->token, &e->out->token);

	if (err == ERR_NOT_FOUND)
		return refuse(e, err, "the join token is not known here");
	if (err == ERR_OK)
		err = token_decode(str_from(e->request->token), &token);
	if (err == ERR_OK)
		err = check_roots(e, &token);
	key_wipe(&token, sizeof(token));
	return err;
}

static enum err check_token(struct enroll *e)
{
	if (e->out->token.revoked)
		return refuse(e, ERR_REVOKED, "the join token was revoked");
	if (e->request->wall_us >= e->out->token.expires_us)
		return refuse(e, ERR_EXPIRED, "the join token has expired");
	return ERR_OK;
}

static enum err spend_token(struct enroll *e)
{
	struct registry_token *token = &e->out->token;

	if (token->uses >= token->uses_max)
		return refuse(e, ERR_FULL, "the join token was used up");
	token->uses++;
	return registry_token_put(e->store, token);
}

/* -- who it is -- */

static const char revoked[] = "the device was revoked; only a token that an operator makes for it lets it in again: "
			      "caltrop token create --for DEVICE";

/* Of what is not in use, link_verdict.c judges as much when it connects. */
static enum err judge_old(struct enroll *e, const struct fleet_enroll_old *old)
{
	const struct registry_device *d = &e->out->device;

	if (d->state == DEVICE_REVOKED)
		return refuse(e, ERR_REVOKED, revoked);
	if (registry_device_uses(d, old->serial))
		return ERR_OK;
	e->out->is_superseded = old->not_after_s <= d->cert_not_after_s;
	if (!e->out->is_superseded)
		return refuse(e, ERR_REPLAYED, "this device's certificate is newer than those that are known here");
	return refuse(e, ERR_REPLAYED,
		      "this device's certificate was replaced by a newer one, so this is an old copy of the device; if "
		      "it is not, an operator lets it in: caltrop token create --for DEVICE");
}

/* The row that the device keeps: by the operator's word or by its old key. */
static enum err find_row(struct enroll *e)
{
	const struct fleet_enroll_old *old = e->request->old;
	struct fleet_enroll_result *out = e->out;
	bool by_word = is_set(out->token.device);
	enum err err;

	out->way = by_word ? FLEET_ENROLL_WORD : FLEET_ENROLL_KEY;
	if (by_word && old && memcmp(old->device, out->token.device, STORE_ID) != 0)
		return refuse(e, ERR_DENIED, "the join token is for another device than this one is");
	err = registry_device_get(e->store, by_word ? out->token.device : old->device, &out->device);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && out->device.is_deleted))
		return refuse(e, ERR_UNTRUSTED,
			      by_word ? "the device that the join token is for is not known here"
				      : "this device's certificate is of a device that is not known here");
	return err == ERR_OK && !by_word ? judge_old(e, old) : err;
}

/* -- the row -- */

enum err fleet_enroll_id(uint8_t id[STORE_ID])
{
	if (key_random_kernel.fill(NULL, id, STORE_ID) != 0)
		return ERR_CRYPTO;
	/* A random UUID, RFC 9562 section 5.4. */
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	return ERR_OK;
}

static enum err new_device(struct enroll *e)
{
	const struct fleet_enroll_factory *by = e->request->factory;
	const struct registry_token *token = &e->out->token;
	bool waits = by ? by->factory.unlisted != FACTORY_JOIN : token->approve;
	struct registry_device *d = &e->out->device;

	memset(d, 0, sizeof(*d));
	if (fleet_enroll_id(d->id) != ERR_OK)
		return ERR_CRYPTO;
	d->state = waits ? DEVICE_PENDING : DEVICE_APPROVED;
	d->created_us = e->request->wall_us;
	snprintf(d->group, sizeof(d->group), "%s", by ? by->factory.group : token->group);
	return ERR_OK;
}

/* Spend the token, and keep what tells the same request if it comes again. */
static enum err enter(struct enroll *e)
{
	struct registry_device *d = &e->out->device;
	enum err err = e->request->factory ? ERR_OK : spend_token(e);

	if (err != ERR_OK)
		return err;
	e->out->is_first = true;
	memcpy(d->csr_sha256, e->csr_sha256, sizeof(d->csr_sha256));
	memcpy(d->token, e->out->token.id, sizeof(d->token));
	return registry_device_put(e->store, d);
}

/* A request of a device that said nothing of an earlier enrolment. Only the token that it came with is not spent again.
 */
static enum err join(struct enroll *e)
{
	struct fleet_enroll_result *out = e->out;
	enum err err = registry_device_by_csr(e->store, e->csr_sha256, &out->device);

	out->way = FLEET_ENROLL_NEW;
	if (err == ERR_OK && out->device.state == DEVICE_REVOKED)
		return refuse(e, ERR_REVOKED, revoked);
	if (err == ERR_OK && memcmp(out->device.token, out->token.id, sizeof(out->device.token)) == 0)
		return ERR_OK;
	if (err == ERR_NOT_FOUND)
		err = new_device(e);
	return err == ERR_OK ? enter(e) : err;
}

/* A device that tried as a new one first, and waits for approval as such, must not stay there twice. */
static enum err remove_ghost(struct enroll *e)
{
	struct registry_device ghost;
	enum err err = registry_device_by_csr(e->store, e->csr_sha256, &ghost);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || memcmp(ghost.id, e->out->device.id, STORE_ID) == 0)
		return err;
	if (ghost.state != DEVICE_PENDING)
		return refuse(e, ERR_EXISTS,
			      "another device has enrolled with this request; remove "
			      "identity/enroll.csr and try again");
	ghost.state = DEVICE_REVOKED;
	memset(ghost.csr_sha256, 0, sizeof(ghost.csr_sha256));
	memcpy(e->out->ghost, ghost.id, STORE_ID);
	return registry_device_put(e->store, &ghost);
}

/* An operator lets the device in: it gets its certificate at once, however many were issued lately. */
static void let_in(struct enroll *e)
{
	struct registry_device *d = &e->out->device;

	e->out->was_revoked = d->state == DEVICE_REVOKED;
	e->out->was_expected = d->state == DEVICE_EXPECTED;
	if (e->out->was_expected && d->cert_not_after_s == 0)
		d->created_us = e->request->wall_us;
	d->state = DEVICE_APPROVED;
	d->issue_due_us = 0;
}

static enum err come_back(struct enroll *e)
{
	struct registry_device *d = &e->out->device;
	enum err err = find_row(e);

	if (err == ERR_OK)
		err = remove_ghost(e);
	if (err != ERR_OK)
		return err;
	if (memcmp(d->csr_sha256, e->csr_sha256, sizeof(d->csr_sha256)) == 0 &&
	    memcmp(d->token, e->out->token.id, sizeof(d->token)) == 0 && d->state != DEVICE_REVOKED)
		return ERR_OK;
	if (e->out->way == FLEET_ENROLL_WORD)
		let_in(e);
	return enter(e);
}

/* -- by a factory certificate -- */

/* Its number is a better name than what the firmware calls itself on all devices. */
static enum err join_unlisted(struct enroll *e)
{
	const struct fleet_enroll_factory *by = e->request->factory;
	struct registry_device *d = &e->out->device;
	struct store_origin o;
	enum err err;

	if (by->factory.unlisted == FACTORY_REFUSE)
		return refuse(e, ERR_DENIED, "its serial number is not expected here");
	err = new_device(e);
	if (err == ERR_OK)
		err = remove_ghost(e);
	if (err == ERR_OK && label_is_plain(str_from(by->serial)))
		err = registry_device_call(e->store, d, by->serial);
	if (err == ERR_OK)
		err = enter(e);
	memcpy(o.factory, by->factory.name, sizeof(o.factory));
	memcpy(o.serial, by->serial, sizeof(o.serial));
	memcpy(o.device, d->id, sizeof(o.device));
	return err == ERR_OK ? store_origin_put(e->store, &o) : err;
}

static enum err join_listed(struct enroll *e)
{
	const struct fleet_enroll_old *old = e->request->old;
	struct registry_device *d = &e->out->device;
	enum err err = ERR_OK;

	if (d->state == DEVICE_REVOKED)
		return refuse(e, ERR_REVOKED,
			      "the device with its serial number was revoked; an operator lets it in "
			      "again: caltrop device expect DEVICE");
	if (d->state != DEVICE_EXPECTED && memcmp(d->csr_sha256, e->csr_sha256, sizeof(d->csr_sha256)) == 0)
		return ERR_OK;
	if (d->state == DEVICE_EXPECTED) {
		e->out->way = FLEET_ENROLL_WORD;
		let_in(e);
	} else if (d->state == DEVICE_PENDING) {
		e->out->way = FLEET_ENROLL_NEW; /* it was reset meanwhile, and waits on */
	} else if (old && memcmp(old->device, d->id, sizeof(d->id)) == 0) {
		e->out->way = FLEET_ENROLL_KEY;
		err = judge_old(e, old);
	} else {
		err = refuse(e, ERR_EXISTS,
			     "a device with its serial number is enrolled already; if it was reset, an "
			     "operator lets it in again: caltrop device expect DEVICE");
	}
	if (err == ERR_OK)
		err = remove_ghost(e);
	return err == ERR_OK ? enter(e) : err;
}

static enum err join_by_factory(struct enroll *e)
{
	const struct fleet_enroll_factory *by = e->request->factory;
	struct store_origin o;
	enum err err = store_origin_get(e->store, by->factory.name, by->serial, &o);

	e->out->way = FLEET_ENROLL_NEW;
	if (err == ERR_OK)
		err = registry_device_get(e->store, o.device, &e->out->device);
	if (err == ERR_NOT_FOUND)
		return join_unlisted(e);
	return err == ERR_OK ? join_listed(e) : err;
}

void fleet_enroll_supersede(struct registry_device *d)
{
	memset(d->cert_serial, 0, sizeof(d->cert_serial));
}

enum err fleet_enroll(const struct fleet *f, struct store *s, const struct fleet_enroll_request *request,
		      struct fleet_enroll_result *out)
{
	struct enroll e = {f, s, request, out, {0}};
	struct key_der public_key;
	enum err err;

	memset(out, 0, sizeof(*out));
	err = request->factory ? ERR_OK : find_token(&e);
	if (err == ERR_OK && !request->factory)
		err = check_token(&e);
	if (err != ERR_OK)
		return err;
	err = key_csr_public(request->csr, request->csr_len, &public_key);
	if (err != ERR_OK)
		return err;
	key_sha256(request->csr, request->csr_len, e.csr_sha256);
	if (request->factory)
		return join_by_factory(&e);
	return request->old || is_set(out->token.device) ? come_back(&e) : join(&e);
}
