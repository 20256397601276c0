/* SPDX-License-Identifier: Apache-2.0 */
/* Which hashes may be given, and that what password_make makes is one of them. */
#include "agent/common/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SHA512 "hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0"
#define YESCRYPT "$saltsaltsaltsalt$gNcNhvFTt75JDF1LO9O.MCPyp8TkQxrhQSKqUeo/Uy6"
#define BCRYPT "saltsaltsaltsaltsaltsOYZ5vpFQqE8w.L66eyAvDfzCY1L909H."

static void expect(const char *hash, const char *login_defs, const char *wrong)
{
	char why[PASSWORD_WHY_MAX] = "";
	enum err err = password_check(str_from(hash), str_from(login_defs), why);

	if ((err == ERR_OK) == (wrong != NULL) || (wrong && !strstr(why, wrong)))
		fail_msg("%s: \"%s\" does not say \"%s\"", hash, why, wrong ? wrong : "nothing");
}

static void whole_hashes_of_good_methods_may_be_given(void **state)
{
	(void)state;
	expect("$y$j9T" YESCRYPT, "", NULL);
	expect("$y$j7T" YESCRYPT, "", NULL);
	expect("$gy$jBT" YESCRYPT, "", NULL);
	expect("$2b$08$" BCRYPT, "", NULL);
	expect("$2y$15$" BCRYPT, "", NULL);
	expect("$6$saltsalt$" SHA512, "", NULL);
	expect("$6$rounds=5000$saltsalt$" SHA512, "", NULL);
}

static void what_lets_everybody_or_nobody_in_may_not(void **state)
{
	static const char *const none[] = {"",
					   "*",
					   "!",
					   "!$6$saltsalt$" SHA512,
					   "x",
					   "plain",
					   "$",
					   "$$",
					   "$9$saltsalt$" SHA512,
					   "$1$saltsalt$ZEbAYPwHXnVTu/zYc0VUy1",
					   "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
					   "$2a$08$" BCRYPT,
					   "abJnggxhB/yWI"};
	static const char *const parts[] = {"$6$",
					    "$6$saltsalt$",
					    "$6$saltsalt$" SHA512 "a",
					    "$6$$" SHA512,
					    "$6$saltsaltsaltsalts$" SHA512,
					    "$6$salt:alt$" SHA512,
					    "$6$salt alt$" SHA512,
					    "$6$saltsalt$" SHA512 "\n",
					    "$6$rounds=x$saltsalt$" SHA512,
					    "$6$rounds=$saltsalt$" SHA512,
					    "$2b$",
					    "$2b$8$" BCRYPT,
					    "$2b$08$" BCRYPT "a",
					    "$y$",
					    "$y$j9T$salt",
					    "$y$j9T" YESCRYPT "6",
					    "$y$j9T$$gNcNhvFTt75JDF1LO9O.MCPyp8TkQxrhQSKqUeo/Uy6"};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		expect(none[i], "", "is of none of the methods");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		expect(parts[i], "", "is not whole");
}

static void too_little_and_too_much_work_is_refused(void **state)
{
	(void)state;
	expect("$6$rounds=4999$saltsalt$" SHA512, "", "fewer than 5000 rounds");
	expect("$6$rounds=5000001$saltsalt$" SHA512, "", "more than 5000000 rounds");
	expect("$2b$07$" BCRYPT, "", "a cost below 8");
	expect("$2b$16$" BCRYPT, "", "a cost above 15");
	expect("$y$j75" YESCRYPT, "", "another amount of memory");
	expect("$y$jCT" YESCRYPT, "", "another amount of memory");
	expect("$y$j9" YESCRYPT, "", "another amount of memory");
}

static void systems_own_method_is_the_least(void **state)
{
	(void)state;
	expect("$6$saltsalt$" SHA512, "# ENCRYPT_METHOD YESCRYPT\nENCRYPT_METHOD SHA512\n", NULL);
	expect("$6$saltsalt$" SHA512, "A b\n ENCRYPT_METHOD\tYESCRYPT\n", "weaker method than ENCRYPT_METHOD");
	expect("$2b$08$" BCRYPT, "ENCRYPT_METHOD YESCRYPT", "weaker method than ENCRYPT_METHOD");
	expect("$2b$08$" BCRYPT, "ENCRYPT_METHOD BCRYPT", NULL);
	expect("$y$j9T" YESCRYPT, "ENCRYPT_METHOD BCRYPT", NULL);
	/* A system that takes less is no reason to. */
	expect("$1$saltsalt$ZEbAYPwHXnVTu/zYc0VUy1", "ENCRYPT_METHOD MD5", "is of none of the methods");
	expect("$6$saltsalt$" SHA512, "ENCRYPT_METHODS YESCRYPT", NULL);
}

static void no_refusal_shows_the_hash(void **state)
{
	char why[PASSWORD_WHY_MAX];

	(void)state;
	assert_int_equal(password_check(STR("$6$rounds=1$tellnoone$" SHA512), STR_NONE, why), ERR_INVALID);
	assert_null(strstr(why, "tellnoone"));
}

static void made_hash_may_be_given(void **state)
{
	char hash[PASSWORD_HASH_MAX];

	(void)state;
	assert_int_equal(password_make("correct horse", hash), ERR_OK);
	expect(hash, "ENCRYPT_METHOD SHA512", NULL);
	assert_true(password_is_known(hash));
	assert_false(password_is_known("$z$saltsalt$"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_hashes_of_good_methods_may_be_given),
		cmocka_unit_test(what_lets_everybody_or_nobody_in_may_not),
		cmocka_unit_test(too_little_and_too_much_work_is_refused),
		cmocka_unit_test(systems_own_method_is_the_least),
		cmocka_unit_test(no_refusal_shows_the_hash),
		cmocka_unit_test(made_hash_may_be_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
