/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/lookout/lookout_accounts.h"
#include "agent/event/account.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PASSWD "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n"
#define SHADOW "root:*:20000:0:99999:7:::\nalice:$y$j9T$abc$defghijkl:20000:0:99999:7:::\n"
#define GROUP "root:x:0:\nsudo:x:27:alice\nusers:x:100:alice,bob\n"

static char dir[64];
static char seen[512];	 /* the changes of the last look */
static char bytes[4096]; /* all that was told */
static size_t bytes_len;

static void change(const void *context, const struct lookout_account *c)
{
	static const char *const actions[ACCOUNT_ACTIONS] = {"added",	"removed", "uid",    "password", "locked",
							     "emptied", "shell",   "joined", "left"};
	size_t len = strlen(seen);

	(void)context;
	snprintf(seen + len, sizeof(seen) - len, "%s %.*s#%u", actions[c->action], c->name_len, c->name, c->id);
	len = strlen(seen);
	if (c->group_len)
		snprintf(seen + len, sizeof(seen) - len, " %.*s", c->group_len, c->group);
	len = strlen(seen);
	snprintf(seen + len, sizeof(seen) - len, "; ");
	if (bytes_len + sizeof(*c) <= sizeof(bytes)) {
		memcpy(bytes + bytes_len, c, sizeof(*c));
		bytes_len += sizeof(*c);
	}
}

static void look(const char *passwd, const char *shadow, const char *group)
{
	static const struct lookout_accounts_sink sink = {change, NULL};

	files_put(dir, "passwd", passwd);
	files_put(dir, "shadow", shadow);
	files_put(dir, "group", group);
	seen[0] = '\0';
	lookout_accounts_look(dir, &sink);
}

static int begin(void **unused)
{
	(void)unused;
	snprintf(dir, sizeof(dir), "/tmp/lookout_accounts_test.%u", (unsigned)getpid());
	if (mkdir(dir, 0700) != 0)
		return -1;
	look(PASSWD, SHADOW, GROUP);
	return seen[0] ? -1 : 0;
}

static int end(void **unused)
{
	(void)unused;
	return files_remove(dir);
}

/* Each test ends with what begin() began with. */
static int back(void **unused)
{
	(void)unused;
	look(PASSWD, SHADOW, GROUP);
	bytes_len = 0;
	return 0;
}

static void accounts_come_and_go(void **unused)
{
	(void)unused;
	/* As useradd(8) does it: passwd first, then shadow, then the password. */
	look(PASSWD "eve:x:0:0::/:/bin/sh\n", SHADOW, GROUP);
	assert_string_equal(seen, "added eve#0; ");
	look(PASSWD "eve:x:0:0::/:/bin/sh\n", SHADOW "eve:!:20000::::::\n", GROUP);
	assert_string_equal(seen, "");
	look(PASSWD "eve:x:0:0::/:/bin/sh\n", SHADOW "eve:$y$j9T$x$y:20000::::::\n", GROUP);
	assert_string_equal(seen, "password eve#0; ");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "removed eve#0; ");
}

static void what_an_account_gets_is_told(void **unused)
{
	(void)unused;
	look("root:x:0:0:root:/root:/bin/sh\nalice:x:0:0::/home/alice:/bin/bash\n", SHADOW, GROUP);
	assert_string_equal(seen, "uid alice#0; shell alice#0; ");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "uid alice#1000; shell alice#1000; ");
	look("root::0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n", SHADOW, GROUP);
	assert_string_equal(seen, "emptied root#0; ");
}

static void who_may_use_sudo_is_told(void **unused)
{
	char path[128];

	(void)unused;
	files_put(dir, "sudoers",
		  "# alice ALL\n#includedir /etc/sudoers.d\n@include /x\nDefaults env_reset\nUser_Alias A = bob\n"
		  "%wheel ALL=(ALL) \\\n\tNOPASSWD: SECRET\nalice, \\\n carol\tALL=(ALL) ALL\n");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "joined %wheel#4294967295 /etc/sudoers; joined alice#1000 /etc/sudoers; "
				  "joined carol#4294967295 /etc/sudoers; ");
	snprintf(path, sizeof(path), "%s/sudoers.d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	files_put(dir, "sudoers.d/alice", "alice ALL=(ALL) NOPASSWD: ALL\n");
	files_put(dir, "sudoers.d/old.bak", "eve ALL=(ALL) ALL\n");
	files_put(dir, "sudoers", "%wheel ALL=(ALL) ALL\n");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "left carol#4294967295 /etc/sudoers; ");
	files_put(dir, "sudoers.d/alice", "#1001 ALL=(ALL) ALL\n");
	files_put(dir, "sudoers", "");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "joined #1001#4294967295 /etc/sudoers; left %wheel#4294967295 /etc/sudoers; "
				  "left alice#1000 /etc/sudoers; ");
	assert_null(memmem(bytes, bytes_len, "SECRET", 6));
	files_put(dir, "sudoers.d/alice", "");
}

static void who_may_use_doas_is_told(void **unused)
{
	char path[128];

	(void)unused;
	files_put(dir, "doas.conf",
		  "# permit bob\npermit nopass keepenv setenv { A=1 -B } alice as root cmd SECRET\ndeny eve\n"
		  "permit persist \\\n\t:wheel as \\\n other\npermitted x\npermit\t\"carol\" # dave\npermit # frank\n");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "joined alice#1000 /etc/doas.conf; joined :wheel#4294967295 /etc/doas.conf; "
				  "joined carol#4294967295 /etc/doas.conf; ");
	snprintf(path, sizeof(path), "%s/doas.d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	files_put(dir, "doas.d/a.conf", "permit alice\n");
	files_put(dir, "doas.d/README", "permit eve\n");
	files_put(dir, "doas.conf", "permit :wheel\npermit setenv {\\\n X } \\\n grace\n");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "joined grace#4294967295 /etc/doas.conf; left carol#4294967295 /etc/doas.conf; ");
	files_put(dir, "doas.conf", "");
	files_put(dir, "doas.d/a.conf", "");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "left :wheel#4294967295 /etc/doas.conf; left grace#4294967295 /etc/doas.conf; "
				  "left alice#1000 /etc/doas.conf; ");
	assert_null(memmem(bytes, bytes_len, "SECRET", 6));
}

static void a_password_is_told_of_and_never_told(void **unused)
{
	(void)unused;
	look(PASSWD, "root:*:1::::::\nalice:$y$j9T$abc$OTHERHASH:1::::::\n", GROUP);
	assert_string_equal(seen, "password alice#1000; ");
	look(PASSWD, "root:*:1::::::\nalice:!$y$j9T$abc$OTHERHASH:1::::::\n", GROUP);
	assert_string_equal(seen, "locked alice#1000; ");
	look(PASSWD, "root:*:1::::::\nalice::1::::::\n", GROUP);
	assert_string_equal(seen, "emptied alice#1000; ");
	assert_null(memmem(bytes, bytes_len, "OTHERHASH", 9));
	/* Another date is no other password. */
	look(PASSWD, SHADOW, GROUP);
	look(PASSWD, "root:*:20001:0:99999:7:::\nalice:$y$j9T$abc$defghijkl:20001:0:99999:7:::\n", GROUP);
	assert_string_equal(seen, "");
}

static void members_of_groups_come_and_go(void **unused)
{
	(void)unused;
	look(PASSWD, SHADOW, "root:x:0:\nsudo:x:27:alice,bob\nusers:x:100:bob\n");
	assert_string_equal(seen, "joined bob#4294967295 sudo; left alice#1000 users; ");
	look(PASSWD, SHADOW, "root:x:0:\nsudo:x:27:bob , alice\nusers:x:100:bob\n");
	assert_string_equal(seen, "");
}

static void what_is_only_out_of_order_is_no_change(void **unused)
{
	(void)unused;
	look("alice:x:1000:1000::/home/alice:/bin/sh\nroot:x:0:0:root:/root:/bin/sh\n#none:x:1:1:::\nbad\n", SHADOW,
	     GROUP);
	assert_string_equal(seen, "");
	/* The second line of a name does not count. */
	look(PASSWD "alice:x:0:0::/:/bin/sh\n", SHADOW, GROUP);
	assert_string_equal(seen, "");
}

/* While shadow is away nothing is known of passwords, and when it is back they are as they were. */
static void a_shadow_that_is_away_makes_no_news(void **unused)
{
	static const struct lookout_accounts_sink sink = {change, NULL};
	char path[96];

	(void)unused;
	snprintf(path, sizeof(path), "%s/shadow", dir);
	assert_int_equal(unlink(path), 0);
	seen[0] = '\0';
	lookout_accounts_look(dir, &sink);
	assert_string_equal(seen, "");
	look(PASSWD, SHADOW, GROUP);
	assert_string_equal(seen, "");
}

static void more_accounts_than_there_is_room_for_are_left_out(void **unused)
{
	static char passwd[32768], group[32768];
	size_t p = 0, g = 0;

	(void)unused;
	for (unsigned i = 0; i < 600; i++) {
		p += (size_t)snprintf(passwd + p, sizeof(passwd) - p, "u%u:x:%u:1::/:/bin/sh\n", i, i + 1);
		g += (size_t)snprintf(group + g, sizeof(group) - g, "g%u:x:%u:u%u\n", i, i, i);
	}
	look(passwd, SHADOW, group);
	assert_non_null(strstr(seen, "added u0#1;"));
	assert_null(strstr(seen, "u599"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(accounts_come_and_go, back),
		cmocka_unit_test_setup(what_an_account_gets_is_told, back),
		cmocka_unit_test_setup(who_may_use_sudo_is_told, back),
		cmocka_unit_test_setup(who_may_use_doas_is_told, back),
		cmocka_unit_test_setup(a_password_is_told_of_and_never_told, back),
		cmocka_unit_test_setup(members_of_groups_come_and_go, back),
		cmocka_unit_test_setup(what_is_only_out_of_order_is_no_change, back),
		cmocka_unit_test_setup(a_shadow_that_is_away_makes_no_news, back),
		cmocka_unit_test_setup(more_accounts_than_there_is_room_for_are_left_out, back),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
