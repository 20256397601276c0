/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that come back, over both kinds of store: nothing here needs a fleet's directory. */
#include "server-stub/fleet/fleet_enroll.h"

#include "proto/token.h"
#include "server-stub/fleet/fleet_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW_US INT64_C(1700000000000000)
#define END_S INT64_C(1700100000)

struct world {
	char path[64];
	bool in_file;
	struct fleet fleet;
	struct store *store;
	struct key_der key;
	uint8_t csr[KEY_CSR_MAX];
	size_t csr_len;
	char token[TOKEN_TEXT_MAX];
	struct registry_device device;
	struct fleet_enroll_old old;
	struct fleet_enroll_result result;
};

static void new_request(struct world *w)
{
	static unsigned number;
	char name[16];

	snprintf(name, sizeof(name), "request %u", number++);
	assert_int_equal(key_csr(&w->key, key_random_kernel, name, w->csr, &w->csr_len), ERR_OK);
}

/* A device that has joined, was renewed once, and has a history. */
static void put_device(struct world *w)
{
	struct registry_device *d = &w->device;

	*d = (struct registry_device){.state = DEVICE_APPROVED, .created_us = 7, .cert_not_after_s = END_S};
	memset(d->id, 0xd0, sizeof(d->id));
	memset(d->cert_serial, 0x41, sizeof(d->cert_serial));
	memset(d->next_serial, 0x42, sizeof(d->next_serial));
	snprintf(d->name, sizeof(d->name), "gate");
	snprintf(d->group, sizeof(d->group), "doors");
	assert_int_equal(registry_device_put(w->store, d), ERR_OK);
	memcpy(w->old.device, d->id, sizeof(w->old.device));
	memcpy(w->old.serial, d->cert_serial, sizeof(w->old.serial));
	w->old.not_after_s = END_S;
}

static int set_up(void **state, bool in_file)
{
	struct world *w = calloc(1, sizeof(*w));

	w->in_file = in_file;
	snprintf(w->path, sizeof(w->path), "/tmp/fleet_enroll_test.%d.db", getpid());
	memset(w->fleet.ca_sha256, 0xca, sizeof(w->fleet.ca_sha256));
	assert_int_equal(in_file ? store_create(w->path, w->fleet.id, &w->store) : store_open(NULL, NULL, &w->store),
			 ERR_OK);
	assert_int_equal(key_generate(key_random_kernel, &w->key), ERR_OK);
	new_request(w);
	put_device(w);
	*state = w;
	return 0;
}

static int set_up_memory(void **state)
{
	return set_up(state, false);
}

static int set_up_file(void **state)
{
	return set_up(state, true);
}

static int tear_down(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	struct world *w = *state;
	char path[80];

	store_close(w->store);
	for (unsigned i = 0; w->in_file && i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", w->path, ends[i]);
		unlink(path);
	}
	free(w);
	return 0;
}

static void make_token(struct world *w, const uint8_t *device, bool approve)
{
	const struct fleet_token_request r = {"cams", "ada", "fleet.example", 8443, 1, 60, approve, device};
	struct registry_token token;

	assert_int_equal(fleet_token(&w->fleet, w->store, &r, NOW_US, w->token, sizeof(w->token), &token), ERR_OK);
}

static enum err enroll(struct world *w, const struct fleet_enroll_old *old)
{
	const struct fleet_enroll_request request = {w->token, w->csr, w->csr_len, old, NOW_US + 1, NULL};
	enum err err;

	assert_int_equal(store_begin(w->store), ERR_OK);
	err = fleet_enroll(&w->fleet, w->store, &request, &w->result);
	if (err == ERR_OK)
		assert_int_equal(store_commit(w->store), ERR_OK);
	else
		store_rollback(w->store);
	return err;
}

static bool count_one(void *arg, const struct registry_device *d)
{
	(void)d;
	++*(unsigned *)arg;
	return true;
}

static unsigned devices(struct world *w)
{
	unsigned count = 0;

	assert_int_equal(registry_device_list(w->store, NULL, NULL, STORE_PAGE_MAX, count_one, &count), ERR_OK);
	return count;
}

static void refuses(struct world *w, const struct fleet_enroll_old *old, enum err err, const char *why)
{
	unsigned before = devices(w);

	assert_int_equal(enroll(w, old), err);
	assert_non_null(w->result.why);
	if (!strstr(w->result.why, why))
		fail_msg("%s", w->result.why);
	assert_int_equal(devices(w), before);
}

static void is_same(struct world *w)
{
	struct registry_device d;

	assert_int_equal(registry_device_get(w->store, w->device.id, &d), ERR_OK);
	assert_memory_equal(w->result.device.id, w->device.id, STORE_ID);
	assert_string_equal(d.name, "gate");
	assert_string_equal(d.group, "doors");
	assert_int_equal(d.created_us, 7);
	assert_int_equal(d.state, DEVICE_APPROVED);
}

static void old_key_keeps_the_device(void **state)
{
	struct world *w = *state;

	make_token(w, NULL, false);
	assert_int_equal(enroll(w, &w->old), ERR_OK);
	assert_int_equal(w->result.way, FLEET_ENROLL_KEY);
	assert_true(w->result.is_first);
	is_same(w);
	/* The answer was lost. */
	assert_int_equal(enroll(w, &w->old), ERR_OK);
	assert_false(w->result.is_first);
	is_same(w);
	/* The renewed certificate that was not used yet will do as well; the token is spent. */
	memcpy(w->old.serial, w->device.next_serial, sizeof(w->old.serial));
	new_request(w);
	refuses(w, &w->old, ERR_FULL, "used up");
	make_token(w, NULL, true);
	assert_int_equal(enroll(w, &w->old), ERR_OK);
	is_same(w);
	assert_int_equal(devices(w), 1);
}

static void old_key_that_does_not_hold_makes_no_device(void **state)
{
	struct world *w = *state;
	struct fleet_enroll_old old = w->old;

	make_token(w, NULL, false);
	memset(old.serial, 0x40, sizeof(old.serial));
	refuses(w, &old, ERR_REPLAYED, "replaced by a newer one");
	assert_true(w->result.is_superseded);
	old.not_after_s = END_S + 1;
	refuses(w, &old, ERR_REPLAYED, "newer than those that are known here");
	assert_false(w->result.is_superseded);
	old = w->old;
	old.device[0] ^= 1;
	refuses(w, &old, ERR_UNTRUSTED, "not known here");
	/* The token was spent by none of them. */
	assert_int_equal(enroll(w, &w->old), ERR_OK);
}

static void revoked_device_comes_back_by_an_operator_s_word_only(void **state)
{
	struct world *w = *state;

	w->device.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &w->device), ERR_OK);
	make_token(w, NULL, false);
	refuses(w, &w->old, ERR_REVOKED, "token create --for");
	make_token(w, w->device.id, false);
	assert_int_equal(enroll(w, &w->old), ERR_OK);
	assert_int_equal(w->result.way, FLEET_ENROLL_WORD);
	assert_true(w->result.was_revoked);
	is_same(w);
	/* Once, and not if it is revoked again. */
	w->result.device.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &w->result.device), ERR_OK);
	refuses(w, NULL, ERR_FULL, "used up");
}

static void token_for_a_device_makes_that_one_of_a_reset_one(void **state)
{
	static const uint8_t none[16];
	struct world *w = *state;
	struct fleet_enroll_old old = w->old;

	w->device.issue_due_us = NOW_US + FLEET_ISSUE_EVERY_US * 9;
	assert_int_equal(registry_device_put(w->store, &w->device), ERR_OK);
	make_token(w, w->device.id, false);
	old.device[0] ^= 1;
	refuses(w, &old, ERR_DENIED, "for another device");
	assert_int_equal(enroll(w, NULL), ERR_OK);
	assert_int_equal(w->result.way, FLEET_ENROLL_WORD);
	assert_false(w->result.was_revoked);
	assert_int_equal(w->result.device.issue_due_us, 0);
	is_same(w);
	fleet_enroll_supersede(&w->result.device);
	assert_memory_equal(w->result.device.cert_serial, none, sizeof(none));
	assert_memory_equal(w->result.device.next_serial, w->device.next_serial, sizeof(none));
	assert_int_equal(enroll(w, NULL), ERR_OK);
	assert_false(w->result.is_first);
	new_request(w);
	refuses(w, NULL, ERR_FULL, "used up");
	assert_int_equal(devices(w), 1);
	old.device[0] = 0;
	make_token(w, old.device, false);
	refuses(w, NULL, ERR_UNTRUSTED, "is not known here");
}

/* A reset device tried as a new one first. */
static void no_ghost_waits_for_approval(void **state)
{
	struct world *w = *state;
	struct registry_device ghost;

	make_token(w, NULL, true);
	assert_int_equal(enroll(w, NULL), ERR_OK);
	assert_int_equal(w->result.device.state, DEVICE_PENDING);
	ghost = w->result.device;
	make_token(w, w->device.id, false);
	assert_int_equal(enroll(w, NULL), ERR_OK);
	is_same(w);
	assert_memory_equal(w->result.ghost, ghost.id, STORE_ID);
	assert_int_equal(registry_device_get(w->store, ghost.id, &ghost), ERR_OK);
	assert_int_equal(ghost.state, DEVICE_REVOKED);
	/* One that is in is another device, and its request is none for this one. */
	new_request(w);
	make_token(w, NULL, false);
	assert_int_equal(enroll(w, NULL), ERR_OK);
	make_token(w, w->device.id, false);
	refuses(w, NULL, ERR_EXISTS, "another device has enrolled with this request");
}

#define BOTH(name)                                                  \
	{#name " (memory)", name, set_up_memory, tear_down, NULL},  \
	{                                                           \
#name " (file)", name, set_up_file, tear_down, NULL \
	}

/* -- devices that are expected -- */

/* Import the text's first device. */
static enum err expect(struct world *w, const char *text, struct fleet_expect_result *out)
{
	char why[ROSTER_WHY_MAX];
	struct roster_row row;
	struct roster r;
	const struct fleet_expect_request request = {
		.row = &row,
		.text = str_from(text),
		.token = {.created_by = "ada", .host = "fleet.example", .port = 8443, .ttl_s = 60},
		.wall_us = NOW_US,
	};
	enum err err;

	assert_int_equal(roster_open(&r, str_from(text), why), ERR_OK);
	assert_int_equal(roster_next(&r, &row, why), ERR_OK);
	assert_int_equal(store_begin(w->store), ERR_OK);
	err = fleet_expect(&w->fleet, w->store, &request, out);
	if (err == ERR_OK)
		assert_int_equal(store_commit(w->store), ERR_OK);
	else
		store_rollback(w->store);
	return err;
}

static void expected_device_joins_as_what_it_is_expected_as(void **state)
{
	struct world *w = *state;
	struct fleet_expect_result made;
	struct registry_device *d = &w->result.device;

	assert_int_equal(expect(w, "name,group,labels\ncam-7,cams,site=b x\n", &made), ERR_OK);
	assert_int_equal(made.device.state, DEVICE_EXPECTED);
	assert_int_equal(devices(w), 2);
	memcpy(w->token, made.text, sizeof(w->token));
	assert_int_equal(enroll(w, NULL), ERR_OK);
	assert_true(w->result.was_expected && !w->result.was_revoked);
	assert_memory_equal(d->id, made.device.id, STORE_ID);
	assert_int_equal(d->state, DEVICE_APPROVED);
	assert_int_equal(d->created_us, NOW_US + 1);
	assert_string_equal(d->name, "cam-7");
	assert_string_equal(d->group, "cams");
	assert_string_equal(d->labels, "site=b x");
	assert_int_equal(devices(w), 2);
	new_request(w);
	assert_int_equal(enroll(w, NULL), ERR_FULL);
}

static void token_that_a_device_has_already_is_bound_to_its_row(void **state)
{
	struct world *w = *state;
	struct fleet_expect_result made;
	char text[TOKEN_TEXT_MAX + 64];

	make_token(w, NULL, true);
	snprintf(text, sizeof(text), "name,group,token\ncam-7,doors,%s\n", w->token);
	assert_int_equal(expect(w, text, &made), ERR_OK);
	assert_string_equal(made.text, "");
	assert_int_equal(enroll(w, NULL), ERR_OK);
	assert_memory_equal(w->result.device.id, made.device.id, STORE_ID);
	assert_int_equal(w->result.device.state, DEVICE_APPROVED);
	assert_string_equal(w->result.device.group, "doors");
}

static void token_that_lets_nobody_in_any_more_is_not_bound(void **state)
{
	struct world *w = *state;
	struct fleet_expect_result made;
	struct registry_token token;
	char text[TOKEN_TEXT_MAX + 64];

	assert_int_equal(expect(w, "name,token\na,ct1.nonsense\n", &made), ERR_INVALID);
	assert_non_null(strstr(made.why, "not known here"));
	make_token(w, w->device.id, false);
	snprintf(text, sizeof(text), "name,token\nb,%s\n", w->token);
	assert_int_equal(expect(w, text, &made), ERR_INVALID);
	assert_non_null(strstr(made.why, "for another device"));
	make_token(w, NULL, false);
	assert_int_equal(enroll(w, NULL), ERR_OK);
	snprintf(text, sizeof(text), "name,token\nc,%s\n", w->token);
	assert_int_equal(expect(w, text, &made), ERR_INVALID);
	assert_non_null(strstr(made.why, "is used"));
	make_token(w, NULL, false);
	assert_int_equal(fleet_token_find(&w->fleet, w->store, w->token, &token), ERR_OK);
	token.revoked = true;
	assert_int_equal(registry_token_put(w->store, &token), ERR_OK);
	snprintf(text, sizeof(text), "name,token\nd,%s\n", w->token);
	assert_int_equal(expect(w, text, &made), ERR_INVALID);
	assert_non_null(strstr(made.why, "revoked"));
	token.revoked = false;
	token.expires_us = NOW_US;
	assert_int_equal(registry_token_put(w->store, &token), ERR_OK);
	assert_int_equal(expect(w, text, &made), ERR_INVALID);
	assert_non_null(strstr(made.why, "expired"));
}

static void name_of_another_device_is_refused(void **state)
{
	struct world *w = *state;
	struct fleet_expect_result made;

	assert_int_equal(expect(w, "name\ngate\n", &made), ERR_EXISTS);
	assert_string_equal(made.why, "another device is found by gate already");
	assert_int_equal(devices(w), 1);
}

/* -- factory certificates -- */

static void put_factory(struct world *w, const char *name, enum store_factory_unlisted unlisted)
{
	struct store_factory f = {.unlisted = (uint8_t)unlisted, .ca_len = 1};

	snprintf(f.name, sizeof(f.name), "%s", name);
	snprintf(f.group, sizeof(f.group), "fresh");
	assert_int_equal(store_factory_put(w->store, &f), ERR_OK);
}

static enum err show(struct world *w, const char *factory, const char *serial, const struct fleet_enroll_old *old)
{
	struct fleet_enroll_factory by;
	struct fleet_enroll_request request = {"", w->csr, w->csr_len, old, NOW_US + 1, &by};
	enum err err;

	memset(&by, 0, sizeof(by));
	assert_int_equal(store_factory_get(w->store, factory, &by.factory), ERR_OK);
	snprintf(by.serial, sizeof(by.serial), "%s", serial);
	assert_int_equal(store_begin(w->store), ERR_OK);
	err = fleet_enroll(&w->fleet, w->store, &request, &w->result);
	if (err == ERR_OK)
		assert_int_equal(store_commit(w->store), ERR_OK);
	else
		store_rollback(w->store);
	return err;
}

static void shows_in_vain(struct world *w, const char *serial, enum err err, const char *why)
{
	unsigned before = devices(w);

	assert_int_equal(show(w, "acme", serial, NULL), err);
	assert_non_null(strstr(w->result.why, why));
	assert_int_equal(devices(w), before);
}

static void serial_number_that_is_expected_joins_once(void **state)
{
	struct world *w = *state;
	struct fleet_expect_result made;
	struct registry_device d;

	put_factory(w, "acme", FACTORY_REFUSE);
	assert_int_equal(expect(w, "name,group,serial\ncam-7,cams,SN-7\n", &made), ERR_OK);
	assert_string_equal(made.text, "");
	shows_in_vain(w, "SN-8", ERR_DENIED, "not expected");
	assert_int_equal(show(w, "acme", "SN-7", NULL), ERR_OK);
	assert_true(w->result.is_first && w->result.was_expected && w->result.way == FLEET_ENROLL_WORD);
	assert_memory_equal(w->result.device.id, made.device.id, STORE_ID);
	assert_int_equal(w->result.device.state, DEVICE_APPROVED);
	assert_string_equal(w->result.device.group, "cams");
	/* Its answer was lost. */
	assert_int_equal(show(w, "acme", "SN-7", NULL), ERR_OK);
	assert_false(w->result.is_first);
	/* It was reset, or there are two of it. */
	new_request(w);
	shows_in_vain(w, "SN-7", ERR_EXISTS, "caltrop device expect");
	assert_int_equal(registry_device_get(w->store, made.device.id, &d), ERR_OK);
	d.state = DEVICE_EXPECTED;
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(show(w, "acme", "SN-7", NULL), ERR_OK);
	assert_memory_equal(w->result.device.id, made.device.id, STORE_ID);
	assert_int_equal(w->result.device.created_us, NOW_US + 1);
	d.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	new_request(w);
	shows_in_vain(w, "SN-7", ERR_REVOKED, "was revoked");
}

static void serial_number_counts_for_its_manufacturer_only(void **state)
{
	struct world *w = *state;
	struct fleet_expect_result made;

	put_factory(w, "acme", FACTORY_REFUSE);
	put_factory(w, "other", FACTORY_REFUSE);
	assert_int_equal(expect(w, "name,serial\nc,SN-7\n", &made), ERR_INVALID);
	assert_non_null(strstr(made.why, "names no factory"));
	assert_int_equal(expect(w, "name,serial,factory\nc,SN-7,nobody\n", &made), ERR_INVALID);
	assert_non_null(strstr(made.why, "nobody"));
	assert_int_equal(expect(w, "name,serial,factory\nc,SN-7,other\n", &made), ERR_OK);
	assert_int_equal(expect(w, "name,serial,factory\nd,SN-7,other\n", &made), ERR_EXISTS);
	assert_string_equal(made.why, "the device c has the serial number SN-7 already");
	shows_in_vain(w, "SN-7", ERR_DENIED, "not expected");
	assert_int_equal(show(w, "other", "SN-7", NULL), ERR_OK);
}

static void device_that_nobody_expected_waits_or_joins(void **state)
{
	struct world *w = *state;
	struct registry_device *d = &w->result.device;
	uint8_t id[STORE_ID];

	put_factory(w, "acme", FACTORY_APPROVE);
	assert_int_equal(show(w, "acme", "SN-1", NULL), ERR_OK);
	assert_int_equal(d->state, DEVICE_PENDING);
	assert_string_equal(d->name, "SN-1");
	assert_string_equal(d->group, "fresh");
	memcpy(id, d->id, sizeof(id));
	/* It is reset while it waits. */
	new_request(w);
	assert_int_equal(show(w, "acme", "SN-1", NULL), ERR_OK);
	assert_int_equal(d->state, DEVICE_PENDING);
	assert_memory_equal(d->id, id, STORE_ID);
	assert_int_equal(devices(w), 2);
	put_factory(w, "acme", FACTORY_JOIN);
	new_request(w);
	assert_int_equal(show(w, "acme", "PID:X SN:2", NULL), ERR_OK);
	assert_int_equal(d->state, DEVICE_APPROVED);
	assert_string_equal(d->name, "");
	assert_int_equal(devices(w), 3);
}

static void factory_certificate_and_old_key_keep_the_device(void **state)
{
	struct world *w = *state;
	struct store_origin o = {.factory = "acme", .serial = "SN-1"};
	struct fleet_enroll_old stale = w->old;

	put_factory(w, "acme", FACTORY_REFUSE);
	memcpy(o.device, w->device.id, STORE_ID);
	assert_int_equal(store_origin_put(w->store, &o), ERR_OK);
	assert_int_equal(show(w, "acme", "SN-1", &w->old), ERR_OK);
	assert_int_equal(w->result.way, FLEET_ENROLL_KEY);
	is_same(w);
	new_request(w);
	memset(stale.serial, 0x77, sizeof(stale.serial));
	assert_int_equal(show(w, "acme", "SN-1", &stale), ERR_REPLAYED);
	memset(stale.device, 0x77, sizeof(stale.device));
	assert_int_equal(show(w, "acme", "SN-1", &stale), ERR_EXISTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(old_key_keeps_the_device),
		BOTH(old_key_that_does_not_hold_makes_no_device),
		BOTH(revoked_device_comes_back_by_an_operator_s_word_only),
		BOTH(token_for_a_device_makes_that_one_of_a_reset_one),
		BOTH(no_ghost_waits_for_approval),
		BOTH(expected_device_joins_as_what_it_is_expected_as),
		BOTH(token_that_a_device_has_already_is_bound_to_its_row),
		BOTH(token_that_lets_nobody_in_any_more_is_not_bound),
		BOTH(name_of_another_device_is_refused),
		BOTH(serial_number_that_is_expected_joins_once),
		BOTH(serial_number_counts_for_its_manufacturer_only),
		BOTH(device_that_nobody_expected_waits_or_joins),
		BOTH(factory_certificate_and_old_key_keep_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
