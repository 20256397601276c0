/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the audit over a folder that stands for the machine's root. */
#include "agent/actor/audit/audit.h"

#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE                \
	"/tmp/caltrop_audit.XX" \
	"XX"                    \
	"XX"

static char dir[64];
static char said[16384]; /* "id object: evidence" of each finding, a line each; what was skipped begins with '?' */
static struct settings settings;
static struct audit a;

static void put(void *context, const struct exposure_sample *s)
{
	size_t len = strlen(said);

	(void)context;
	if (s->kind == EXPOSURE_SAMPLE_FOUND || s->kind == EXPOSURE_SAMPLE_SKIPPED)
		snprintf(said + len, sizeof(said) - len, "%s%.32s %.96s: %.128s\n",
			 s->kind == EXPOSURE_SAMPLE_SKIPPED ? "?" : "", s->id, s->object, s->evidence);
}

static const char *run(const struct audit_check *check)
{
	said[0] = '\0';
	check->run(&a);
	return said;
}

static void folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int begin(void **state)
{
	(void)state;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	assert_non_null(mkdtemp(dir));
	settings_default(&settings);
	a = (struct audit){.root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .settings = &settings, .put = put};
	assert_true(a.root >= 0);
	folder("etc");
	folder("etc/ssh");
	return 0;
}

static int end(void **state)
{
	(void)state;
	close(a.root);
	return files_remove(dir);
}

static void accounts_without_a_good_password_are_found(void **state)
{
	(void)state;
	files_put(dir, "etc/passwd",
		  "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob::1001:1001::/:/bin/sh\n"
		  "carol:aaaaaaaaaaaaa:1002:1002::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n+::::::\n\nnonsense\n");
	files_put(dir, "etc/shadow",
		  "root:$y$j9T$abc$def:1::::::\nalice::1::::::\ndave:!:1::::::\nerin:*:1::::::\nfrank:$1$a$b:1::::::\n"
		  "grace:$3$$b:1::::::\nheidi:$6$a$b:1::::::\n:x:\nnonsense\n");
	assert_string_equal(run(&audit_accounts), "empty_password bob: no password is asked for (/etc/passwd)\n"
						  "weak_hash carol: its hash is of the kind DES (/etc/passwd)\n"
						  "hash_in_passwd carol: everybody can read its hash in /etc/passwd\n"
						  "second_root toor: its user id is 0\n"
						  "empty_password alice: no password is asked for (/etc/shadow)\n"
						  "weak_hash frank: its hash is of the kind MD5 (/etc/shadow)\n"
						  "weak_hash grace: its hash is of the kind NT (/etc/shadow)\n");
}

static void a_machine_without_files_is_no_risk(void **state)
{
	(void)state;
	assert_string_equal(run(&audit_accounts), "");
	assert_string_equal(run(&audit_sshd), "");
	assert_string_equal(run(&audit_listeners), "");
	assert_string_equal(run(&audit_sysctls), "");
	assert_string_equal(run(&audit_modes), "");
}

static void the_first_value_of_sshd_counts(void **state)
{
	(void)state;
	files_put(dir, "etc/ssh/sshd_config", "PermitRootLogin no\npermitrootlogin yes\n#StrictModes no\n");
	assert_string_equal(run(&audit_sshd), "");
	files_put(dir, "etc/ssh/sshd_config", "PermitRootLogin=yes\nPermitRootLogin no\n\t StrictModes   \"no\"\n");
	assert_string_equal(run(&audit_sshd),
			    "sshd_setting PermitRootLogin: root's password can be guessed (/etc/ssh/sshd_config)\n"
			    "sshd_setting StrictModes: keys count that others can write (/etc/ssh/sshd_config)\n");
	files_put(dir, "etc/ssh/sshd_config", "Match User a\nPermitEmptyPasswords yes\n");
	assert_string_equal(run(&audit_sshd), "sshd_setting PermitEmptyPasswords: no password is asked for "
					      "(/etc/ssh/sshd_config, in a Match)\n");
	files_put(dir, "etc/ssh/sshd_config", "Ciphers -3des-cbc\nMACs +hmac-md5\n");
	assert_string_equal(run(&audit_sshd), "sshd_cipher MACs: /etc/ssh/sshd_config has MD5\n");
}

static void included_files_are_read_in_their_order(void **state)
{
	(void)state;
	folder("etc/ssh/d");
	files_put(dir, "etc/ssh/sshd_config", "Include d/*.conf /etc/ssh/other\nPermitRootLogin yes\n");
	files_put(dir, "etc/ssh/d/2.conf", "PermitRootLogin yes\n");
	files_put(dir, "etc/ssh/d/1.conf", "PermitRootLogin no\nMatch all\nStrictModes no\n");
	files_put(dir, "etc/ssh/d/0.bak", "PermitRootLogin yes\n");
	files_put(dir, "etc/ssh/other", "IgnoreRhosts no\n");
	assert_string_equal(
		run(&audit_sshd),
		"sshd_setting StrictModes: keys count that others can write (/etc/ssh/d/1.conf, in a Match)\n"
		"sshd_setting IgnoreRhosts: users choose which hosts are believed (/etc/ssh/other)\n");
}

static void a_file_that_includes_itself_ends(void **state)
{
	(void)state;
	files_put(dir, "etc/ssh/sshd_config", "Include sshd_config\nPermitRootLogin yes\n");
	assert_non_null(
		strstr(run(&audit_sshd), "?sshd_setting sshd_config: an Include that is too long or too deep\n"));
	assert_non_null(strstr(said, "sshd_setting PermitRootLogin"));
}

static void what_listens_for_others_is_found(void **state)
{
	(void)state;
	folder("proc");
	folder("proc/self");
	folder("proc/self/net");
	files_put(dir, "proc/self/net/tcp",
		  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
		  "   0: 00000000:0017 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
		  "   1: 0100007F:0015 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
		  "   2: 0A0200C0:0017 0B6433C6:9C40 01 00000000:00000000 00:00000000 00000000     0\n"
		  "   3: 00000000:0913 00000000:0000 0A 00000000\n   4: nonsense\n\n   5: 00000000:001\n");
	files_put(dir, "proc/self/net/udp6",
		  "  0: 00000000000000000000000000000000:076C 00000000000000000000000000000000:0000 07 00000000\n"
		  "  1: 00000000000000000000000001000000:00A1 00000000000000000000000000000000:0000 07 00000000\n");
	settings.decoys[0] = 2323;
	settings.decoy_count = 1;
	assert_string_equal(run(&audit_listeners),
			    "plain_service tcp 23: telnet can be reached by others at this port\n"
			    "open_upnp udp 1900: upnp can be reached by others at this port\n");
}

static void settings_of_the_kernel_are_compared(void **state)
{
	(void)state;
	folder("proc");
	folder("proc/sys");
	folder("proc/sys/kernel");
	files_put(dir, "proc/sys/kernel/randomize_va_space", "1\n");
	files_put(dir, "proc/sys/kernel/kptr_restrict", "2\n");
	files_put(dir, "proc/sys/kernel/dmesg_restrict", "nonsense\n");
	assert_string_equal(run(&audit_sysctls),
			    "kernel_setting kernel.randomize_va_space: it is 1: addresses in memory can be foreseen\n");
}

static void mode_of(const char *name, mode_t mode)
{
	char path[128];

	files_put(dir, name, "");
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(chmod(path, mode), 0);
}

static void modes_that_give_the_machine_away_are_found(void **state)
{
	char path[128];

	(void)state;
	folder("usr");
	folder("usr/bin");
	folder("tmp");
	mode_of("etc/rc.local", 0666);
	mode_of("usr/bin/su", 04755);
	mode_of("usr/bin/strange", 04755);
	mode_of("usr/bin/named", 04755);
	mode_of("tmp/su", 04755);
	mode_of("tmp/anybody", 0666);
	mode_of("tmp/no_program", 04644);
	snprintf(path, sizeof(path), "%s/etc/ssh/link", dir);
	assert_int_equal(symlink("/tmp", path), 0);
	snprintf(settings.suids[0], SETTINGS_PATH_MAX, "/usr/bin/named");
	settings.suid_count = 1;
	run(&audit_modes);
	assert_non_null(strstr(said, "world_writable /etc/rc.local: everybody may write it (mode 0666)\n"));
	assert_non_null(strstr(said, "suid_program /usr/bin/strange: "));
	assert_non_null(strstr(said, "suid_program /tmp/su: "));
	assert_null(strstr(said, "/usr/bin/su:"));
	assert_null(strstr(said, "named"));
	assert_null(strstr(said, "anybody"));
	assert_null(strstr(said, "no_program"));
	assert_null(strstr(said, "link"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(accounts_without_a_good_password_are_found),
		TEST(a_machine_without_files_is_no_risk),
		TEST(the_first_value_of_sshd_counts),
		TEST(included_files_are_read_in_their_order),
		TEST(a_file_that_includes_itself_ends),
		TEST(what_listens_for_others_is_found),
		TEST(settings_of_the_kernel_are_compared),
		TEST(modes_that_give_the_machine_away_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
