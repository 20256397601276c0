/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of second factors at rest. */
#include "server-stub/fleet/fleet_seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct person person_of(const char *name, uint8_t fill)
{
	struct person u = {.role = "admin"};

	snprintf(u.name, sizeof(u.name), "%s", name);
	memset(u.totp, fill, PERSON_TOTP);
	return u;
}

static void secret_is_sealed_and_opened_by_its_key_alone(void **state)
{
	struct person u = person_of("ada", 7), before = u, sealed;
	struct fleet_seal seal, other;

	(void)state;
	fleet_seal_make(&seal);
	fleet_seal_make(&other);
	fleet_seal_close(&seal, &u);
	assert_memory_not_equal(u.totp, before.totp, PERSON_TOTP);
	for (size_t i = 0; i + 8 <= sizeof(u.totp); i++)
		assert_memory_not_equal(u.totp + i, before.totp, 8);
	sealed = u;
	fleet_seal_close(&seal, &u);
	assert_memory_equal(&u, &sealed, sizeof(u));
	assert_int_equal(fleet_seal_open(&other, &u, SEAL_IN_FORCE), ERR_NOT_FOUND);
	assert_memory_equal(&u, &sealed, sizeof(u));
	assert_int_equal(fleet_seal_open(&seal, &u, SEAL_IN_FORCE), ERR_OK);
	assert_memory_equal(&u, &before, sizeof(u));
	assert_int_equal(fleet_seal_open(&seal, &u, SEAL_IN_FORCE), ERR_OK);
}

static void nobody_s_secret_serves_another_row_or_place(void **state)
{
	struct person u = person_of("ada", 7), v = person_of("bob", 7);
	struct fleet_seal seal;

	(void)state;
	fleet_seal_make(&seal);
	fleet_seal_close(&seal, &u);
	memcpy(v.totp, u.totp, sizeof(v.totp));
	assert_int_equal(fleet_seal_open(&seal, &v, SEAL_IN_FORCE), ERR_CORRUPT);
	memcpy(u.totp_next, u.totp, sizeof(u.totp));
	assert_int_equal(fleet_seal_open(&seal, &u, SEAL_NEXT), ERR_CORRUPT);
	for (size_t i = FLEET_SEAL_ID; i < sizeof(u.totp); i++) {
		struct person changed = u;

		changed.totp[i] ^= 0x40;
		assert_int_equal(fleet_seal_open(&seal, &changed, SEAL_IN_FORCE), ERR_CORRUPT);
	}
}

static void store_of_before_is_sealed_once_and_lost_ones_are_counted(void **state)
{
	struct person ada = person_of("ada", 7), bob = person_of("bob", 9), none = person_of("eve", 0), u;
	struct fleet_seal seal, other;
	struct fleet_seal_count count;
	struct store *store;

	(void)state;
	memset(bob.totp_next, 5, PERSON_TOTP);
	fleet_seal_make(&seal);
	fleet_seal_make(&other);
	assert_int_equal(store_open(NULL, NULL, &store), ERR_OK);
	assert_int_equal(person_put(store, &ada), ERR_OK);
	assert_int_equal(person_put(store, &bob), ERR_OK);
	assert_int_equal(person_put(store, &none), ERR_OK);
	assert_int_equal(fleet_seal_all(&seal, store, &count), ERR_OK);
	assert_int_equal(count.sealed, 2);
	assert_int_equal(count.lost, 0);
	assert_int_equal(fleet_seal_all(&seal, store, &count), ERR_OK);
	assert_int_equal(count.sealed, 0);
	assert_int_equal(person_get(store, "bob", &u), ERR_OK);
	assert_int_equal(fleet_seal_open(&seal, &u, SEAL_IN_FORCE), ERR_OK);
	assert_int_equal(fleet_seal_open(&seal, &u, SEAL_NEXT), ERR_OK);
	assert_memory_equal(u.totp, bob.totp, sizeof(u.totp));
	assert_memory_equal(u.totp_next, bob.totp_next, sizeof(u.totp_next));
	assert_int_equal(fleet_seal_all(&other, store, &count), ERR_OK);
	assert_int_equal(count.lost, 2);
	assert_int_equal(person_get(store, "eve", &u), ERR_OK);
	assert_false(person_has_app(&u));
	store_close(store);
}

static void key_is_made_once_and_for_its_owner_alone(void **state)
{
	char dir[64] = "/tmp/fleet_seal_test.", path[96];
	struct fleet_seal seal, again;
	struct stat st;
	bool made;
	FILE *file;

	(void)state;
	memset(dir + strlen(dir), 'X', 6);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/" FLEET_SEAL_FILE, dir);
	assert_int_equal(fleet_seal_load(dir, &seal, &made), ERR_OK);
	assert_true(made);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fleet_seal_load(dir, &again, &made), ERR_OK);
	assert_false(made);
	assert_memory_equal(&seal, &again, sizeof(seal));
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("no key\n", file);
	fclose(file);
	assert_int_equal(fleet_seal_load(dir, &again, &made), ERR_CORRUPT);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_is_sealed_and_opened_by_its_key_alone),
		cmocka_unit_test(nobody_s_secret_serves_another_row_or_place),
		cmocka_unit_test(store_of_before_is_sealed_once_and_lost_ones_are_counted),
		cmocka_unit_test(key_is_made_once_and_for_its_owner_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
