/* SPDX-License-Identifier: Apache-2.0 */
/* What memory a hash takes, and whether a password has it. */
#include "agent/actor/audit/audit_guess.h"

#include "agent/common/crypt_compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Of "xc3511", by perl's crypt. */
#define SHA512 "$6$saltsalt$vzMsfNxNQNNP4i2ycDnj0e33Rp2hT280blPmEwqkO1bJxN5D9VKMn7ORCpEb2oUxjldA9pcv6ZtXsR68Gu5y00"

static void a_hash_says_what_memory_it_takes(void **state)
{
	(void)state;
	assert_int_equal(audit_guess_bytes(STR("$y$j9T$a$b")), 16u << 20);
	assert_int_equal(audit_guess_bytes(STR("$gy$jBT$a$b")), 64u << 20);
	assert_int_equal(audit_guess_bytes(STR("$7$CU..../....a$b")), 64u << 20);
	assert_true(audit_guess_bytes(STR("$6$a$b")) < 1u << 20);
	assert_true(audit_guess_bytes(STR("aaaaaaaaaaaaa")) < 1u << 20);
	assert_true(audit_guess_bytes(STR("$y$")) == UINT64_MAX);
	assert_true(audit_guess_bytes(STR("$y$jzT$a")) == UINT64_MAX);
	assert_true(audit_guess_bytes(STR("$7$z/////")) == UINT64_MAX);
	assert_true(audit_guess_bytes(STR("$7$z!!!!!!!!!!!")) == UINT64_MAX);
}

/* The maker of salts, which a C library may lack, has libcrypt linked: the sanitizer's crypt_r is none. */
static void a_password_has_its_hash(void **state)
{
	char hash[AUDIT_GUESS_HASH_MAX], room[192];
	const char *made, *salt;

	(void)state;
	salt = crypt_gensalt_rn("$5$", 1000, "sixteen letters.", 16, room, sizeof(room));
	made = crypt("raspberry", salt ? salt : "$6$rounds=1000$sixteen.letters.");
	assert_non_null(made);
	snprintf(hash, sizeof(hash), "%s", made);
	assert_int_equal(audit_guess_try(hash, "raspberry"), AUDIT_GUESS_RIGHT);
	assert_int_equal(audit_guess_try(SHA512, "xc3511"), AUDIT_GUESS_RIGHT);
	assert_int_equal(audit_guess_try(SHA512, "xc3512"), AUDIT_GUESS_WRONG);
	assert_int_equal(audit_guess_try("$nonsense$", "xc3511"), AUDIT_GUESS_UNABLE);
	assert_int_equal(audit_guess_try("", "xc3511"), AUDIT_GUESS_UNABLE);
}

static void nobody_is_asked_who_was_not_started(void **state)
{
	(void)state;
	assert_int_equal(audit_guess_ask(SHA512, "xc3511"), AUDIT_GUESS_LATER);
	audit_guess_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_says_what_memory_it_takes),
		cmocka_unit_test(a_password_has_its_hash),
		cmocka_unit_test(nobody_is_asked_who_was_not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
